import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Paths of PEM files. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of a test's own, in a folder: `openssl` makes it and what it signs. */
export class TestCa {
  /** Path of its certificate. */
  readonly cert: string;
  private readonly key: string;

  constructor(private readonly folder: string) {
    [this.cert, this.key] = [join(folder, 'ca.pem'), join(folder, 'ca.key')];
    make({ cert: this.cert, key: this.key }, ['-subj', '/CN=Weir test CA']);
  }

  /** A certificate for 127.0.0.1 with its key: `<name>.pem` and `<name>.key`. */
  issue(name: string): Pair {
    const pair = { cert: join(this.folder, `${name}.pem`), key: join(this.folder, `${name}.key`) };
    const signed = ['-CA', this.cert, '-CAkey', this.key, '-addext', 'subjectAltName=IP:127.0.0.1'];
    make(pair, ['-subj', `/CN=${name}`, ...signed]);
    return pair;
  }
}

function make({ cert, key }: Pair, args: string[]): void {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', key, '-out', cert, '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...files, ...args], { stdio: 'pipe' });
}
