import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, isListening } from '../../src/dev/ports';
import { Service } from '../../src/dev/service';
import type { Pair } from './certificates';

export interface NginxOptions {
  readonly runDir: string;
  /** Path of the program, see `provisionNginx`. */
  readonly binary: string;
  /** Of the servers. */
  readonly certificate: Pair;
  readonly user: string;
  readonly password: string;
  /** Path of the certificates that sign a client's. */
  readonly clientCa: string;
}

/** Where what is let through goes, and what is not let through at all. */
export interface Traffic {
  /** An http:// address without a path. */
  readonly target: string;
  /** Whether a submit is answered 502. */
  readonly losesSubmits?: boolean;
}

/** nginx with TLS before Flink, which is at `/flink/` there: a server that wants a password, one that wants a client's certificate. */
export class Nginx {
  readonly service: Service;

  private constructor(
    private readonly options: NginxOptions,
    private readonly ports: { readonly basic: number; readonly certified: number },
  ) {
    const config = join(this.folder, 'nginx.conf');
    this.service = new Service({
      name: 'nginx',
      runDir: options.runDir,
      command: () => ({
        command: options.binary,
        args: ['-p', this.folder, '-c', config, '-e', 'stderr', '-g', 'daemon off;'],
      }),
      ready: (started) =>
        started.ready(() => isListening(ports.basic), { what: 'nginx to listen', deadlineMs: 30_000 }),
    });
  }

  static async create(options: NginxOptions): Promise<Nginx> {
    return new Nginx(options, { basic: await freePort(), certified: await freePort() });
  }

  get basicUrl(): string {
    return `https://127.0.0.1:${this.ports.basic}/flink`;
  }

  get certifiedUrl(): string {
    return `https://127.0.0.1:${this.ports.certified}/flink`;
  }

  /** Starts it, or starts it again, in that way. */
  async start(traffic: Traffic): Promise<void> {
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(join(this.folder, 'nginx.conf'), this.config(traffic));
    const { user, password } = this.options;
    const hash = createHash('sha1').update(password).digest('base64');
    writeFileSync(join(this.folder, 'users'), `${user}:{SHA}${hash}\n`);
    await this.service.restart();
  }

  private get folder(): string {
    return join(this.options.runDir, 'nginx');
  }

  private config({ target, losesSubmits = false }: Traffic): string {
    const { certificate, clientCa } = this.options;
    const isRoot = process.getuid?.() === 0;
    const server = (port: number, ...lines: string[]) => `
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${certificate.cert};
    ssl_certificate_key ${certificate.key};
    ${lines.join('\n    ')}
    ${losesSubmits ? 'location ~ ^/flink/jars/.*/run$ { return 502; }' : ''}
    location /flink/ { proxy_pass ${target}/; }
  }`;
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    return `${isRoot ? 'user root;' : ''}
pid nginx.pid;
events {}
http {
  access_log off;
  client_max_body_size 256m;
  ${temporary.map((name) => `${name}_temp_path ${name};`).join('\n  ')}
${server(this.ports.basic, 'auth_basic "flink";', 'auth_basic_user_file users;')}
${server(this.ports.certified, `ssl_client_certificate ${clientCa};`, 'ssl_verify_client on;')}
}
`;
  }
}
