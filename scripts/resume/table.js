/**
 * The table of a long run of tests, a line a file, so that a run that was interrupted goes on with the files that have not
 * passed yet. It holds for one state of the tree: what passed on another one is not taken over.
 */
const { execFileSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

/** The commit, and what tells this state of the tree from any other; undefined where that cannot be known. */
function treeOf(folder) {
  const git = (...args) =>
    execFileSync('git', args, { cwd: folder, maxBuffer: 2 ** 30, stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const commit = git('rev-parse', '--short', 'HEAD').toString().trim();
    const hash = createHash('sha256')
      .update(git('rev-parse', 'HEAD'))
      .update(git('diff', '--binary', 'HEAD'));
    const added = git('ls-files', '--others', '--exclude-standard', '-z').toString().split('\0');
    for (const file of added.filter(Boolean)) hash.update(file).update(readFileSync(join(folder, file)));
    return { commit, tree: hash.digest('hex') };
  } catch {
    return undefined;
  }
}

/** The lines of it; the last one may have been cut off with the run. */
function read(table) {
  if (!existsSync(table)) return [];
  return readFileSync(table, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return [];
      }
    });
}

/** Its files that passed, if the run has not come to its end; the newest word on a file counts. */
function passedIn(table) {
  const [head, ...rows] = read(table);
  if (head === undefined || rows.some(({ ended }) => ended)) return [];
  const newest = new Map(rows.map((row) => [row.file, row]));
  return [...newest.values()].filter(({ failed }) => failed === 0);
}

/** Goes on with the table, and returns the rows that are taken over; begins another if it cannot, or is not to. */
function begin(table, { folder, fresh }) {
  const now = treeOf(folder);
  const [head] = read(table);
  const passed = !fresh && now !== undefined && head?.tree === now.tree ? passedIn(table) : [];
  mkdirSync(dirname(table), { recursive: true });
  if (passed.length === 0) writeFileSync(table, `${JSON.stringify({ ...now, folder })}\n`);
  // what was cut off is a line of its own then
  else appendFileSync(table, '\n');
  return passed;
}

/** Unless the tree has changed since the run began: then nobody knows what the file was tested on. */
function note(table, row) {
  const [{ folder, tree, commit }] = read(table);
  if (tree === undefined || treeOf(folder)?.tree !== tree) return;
  appendFileSync(table, `${JSON.stringify({ ...row, commit })}\n`);
}

function end(table) {
  appendFileSync(table, `${JSON.stringify({ ended: new Date().toISOString() })}\n`);
}

module.exports = { begin, end, note, passedIn };
