import { apply } from '../kit/apply';
import { Deployed } from '../kit/deployed';
import { useSimulated } from '../kit/simulated';
import { together } from '../kit/together';
import { liveJobs } from '../kit/watch';

/** `npm run apply`, as a process of its own, on a real Temporal. */
const place = useSimulated('apply', { flink: { slots: 50 } });

const deployed = (name: string) => new Deployed(place(), name);
const refused = { kind: 'REFUSED', causes: ['IOException: disk is full'] } as const;

together(
  {
    'what is not there is created, what is there is changed, and --wait shows how it goes': async () => {
      const edited = deployed('edited');
      // longer than several looks of --wait
      place().flink.script({ job: 'edited', starts: [{ kind: 'TAKES', ms: 3_000 }] });
      const created = await apply(place(), [edited.resource()], '--wait');
      expect(created).toMatchObject({ code: 0, stderr: '' });
      expect(created.stdout).toMatch(/^local\/edited: version 1, ACCEPTED: it begins now$/m);
      expect(created.stdout).toMatch(/^local\/edited: TRANSITIONING: START by rescale\/local\/edited$/m);
      expect(created.stdout).toMatch(/^local\/edited: version 1 is DONE/m);

      const options = ['--wait', '--by', 'ann', '--reason', 'black friday'];
      const changed = await apply(place(), [edited.resource({}, 4)], ...options);
      expect(changed).toMatchObject({ code: 0, stderr: '' });
      expect(changed.stdout).toMatch(/^ {2}plan: edited 2 -> 4: STATEFUL, LATEST_STATE$/m);
      expect(changed.stdout).toMatch(/^local\/edited: version 2 is DONE, downtime \d+ ms$/m);
      expect(liveJobs(place().flink, 'edited')).toMatchObject([{ parallelism: 4, state: 'RUNNING' }]);
      expect(await edited.history()).toMatchObject([{}, { by: 'ann', reason: 'black friday' }]);
    },

    '--dry-run of what is not there says that it would be created, and creates nothing': async () => {
      const absent = deployed('absent');
      const dry = await apply(place(), [absent.resource()], '--dry-run');
      expect(dry).toMatchObject({ code: 0, stderr: '' });
      expect(dry.stdout).toMatch(/^local\/absent: would be created$/m);
      expect(dry.stdout).toMatch(/^nothing was touched \(--dry-run\)$/m);
      await expect(absent.status()).rejects.toThrow(/not found/i);
    },

    '--dry-run of what is there shows the difference and the plan, and changes nothing': async () => {
      const dried = await deployed('dried').create();
      await dried.untilRuns(2);
      const other = dried.resource({ upgradeStrategy: { kind: 'STATELESS' } }, 3);
      const dry = await apply(place(), [other], '--dry-run');
      expect(dry).toMatchObject({ code: 0, stderr: '' });
      expect(dry.stdout.split('\n')).toEqual([
        'local/dried: version 1, RUNNING at parallelism 2; would change',
        '  ~ spec.template.spec.parallelism: 2 -> 3',
        '  ~ spec.upgradeStrategy.kind: "STATEFUL" -> "STATELESS"',
        '  plan: dried 2 -> 3: STATELESS, LATEST_STATE',
        'nothing was touched (--dry-run)',
        '',
      ]);
      expect(await dried.status()).toMatchObject({ resourceVersion: 1, drift: [] });

      const outdated = { ...other, metadata: { name: 'dried', resourceVersion: 7 } };
      const refusal = await apply(place(), [outdated], '--dry-run');
      expect(refusal.code).toBe(1);
      expect(refusal.stdout).toMatch(/^local\/dried: would be refused: "metadata.resourceVersion" is 7/m);
    },

    'what fails is said, with one command, and the exit code says it too': async () => {
      const failing = await deployed('failing').create();
      await failing.untilRuns(2);
      place().flink.script({ job: 'failing', stops: [refused] });
      const wanted = failing.resource({ maxSavepointCreationAttempts: 1 }, 4);
      const failed = await apply(place(), [wanted], '--wait');
      expect(failed.code).toBe(1);
      expect(failed.stderr).toMatch(/^local\/failing: version 2 is FAILED: /m);
      expect(failed.stderr).toMatch(/disk is full/);
      expect(failed.stderr).toMatch(/^Next: temporal workflow query /m);
      expect(liveJobs(place().flink, 'failing')).toMatchObject([{ parallelism: 2, state: 'RUNNING' }]);
    },

    'an edit that somebody else has overtaken is refused': async () => {
      const raced = await deployed('raced').create();
      await raced.untilRuns(2);
      const outdated = { ...raced.resource({}, 3), metadata: { name: 'raced', resourceVersion: 9 } };
      const refusal = await apply(place(), [outdated]);
      expect(refusal.code).toBe(1);
      expect(refusal.stderr).toMatch(/^local\/raced: refused: "metadata.resourceVersion" is 9/m);
      expect(liveJobs(place().flink, 'raced')).toMatchObject([{ parallelism: 2 }]);
    },

    'of a file with a fault nothing is applied': async () => {
      const [right, wrong] = [deployed('right'), deployed('wrong')];
      const faulty = await apply(place(), [right.resource(), wrong.resource({ sate: 'RUNNING' })]);
      expect(faulty).toMatchObject({ code: 1, stdout: '' });
      expect(faulty.stderr).toMatch(
        /: document 2: unknown field "spec.sate"; did you mean "state"\? Valid fields: /,
      );
      expect(faulty.stderr).toMatch(/^Next: correct it, then: npm run apply -- -f .* --dry-run$/m);
      await expect(right.status()).rejects.toThrow(/not found/i);
    },
  },
  120_000,
);
