/** Owns the tests that docker-compose.yml and the Dockerfile say what docs/compose.md promises. */
import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { parse } from 'yaml';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly restart?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly healthcheck?: { readonly test?: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly profiles?: readonly string[];
  readonly container_name?: string;
}

const read = (path: string): string => readFileSync(path, 'utf8');
const { services, volumes } = parse(read('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const all = Object.entries(services);
/** Services that run to their end; their exit code is their health. */
const ONE_SHOT = ['temporal-schema', 'temporal-namespace'];

/** The first real compose there is: Docker's plugin, or the program of its own. */
const compose = [['docker', 'compose'], ['docker-compose']].find(([program = '', ...args]) => {
  return String(spawnSync(program, [...args, 'version', '--short']).stdout).startsWith('2');
});

describe('docker-compose.yml', () => {
  test.each(all)('%s: pinned image, restart policy, health', (name, service) => {
    expect(service.image).toMatch(/^[a-z/-]+:\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
    expect(service.restart).toMatch(/^(unless-stopped|on-failure:\d+)$/);
    if (ONE_SHOT.includes(name)) expect(service.healthcheck).toBeUndefined();
    else expect(service.healthcheck?.test?.[0]).toBe('CMD');
  });

  test.each(all)('%s: waits for what it needs, by health or by success', (_name, service) => {
    for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(Object.keys(services)).toContain(needed);
      expect(condition).toBe(
        ONE_SHOT.includes(needed) ? 'service_completed_successfully' : 'service_healthy',
      );
    }
  });

  test.each(all)('%s: ports only on the loopback, mounted files exist', (_name, service) => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    for (const mount of service.volumes ?? []) {
      const [source = ''] = mount.split(':');
      if (source.startsWith('./')) expect(statSync(source).isFile()).toBe(true);
      else expect(Object.keys(volumes)).toContain(source);
    }
  });

  test('the worker can be scaled and takes its place in the world from the environment', () => {
    const worker = services['worker']!;
    expect(worker.ports).toBeUndefined();
    expect(worker.container_name).toBeUndefined();
    expect(worker.profiles).toBeUndefined();
    expect(worker.environment).toMatchObject({ TEMPORAL_ADDRESS: 'temporal:7233' });
    expect(Object.keys(worker.environment ?? {})).toEqual(
      expect.arrayContaining(['TEMPORAL_NAMESPACE', 'AWS_REGION', 'AWS_ENDPOINT_URL_S3']),
    );
  });

  test('the local AWS runs only when asked for', () => {
    const withProfile = all.filter(([, { profiles }]) => profiles !== undefined);
    expect(withProfile.map(([name]) => name)).toEqual(['local-aws']);
  });

  test('server and schema are of one version', () => {
    const versions = ['temporal', 'temporal-schema', 'temporal-namespace'].map(
      (name) => services[name]?.image?.split(':')[1],
    );
    expect(new Set(versions).size).toBe(1);
  });
});

describe('Dockerfile', () => {
  const dockerfile = read('Dockerfile');

  test('has pinned bases and runs as a plain user', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    expect(new Set(bases).size).toBe(1);
    expect(bases[0]).toMatch(/^node:\d+\.\d+\.\d+-bookworm-slim$/);
    const lines = dockerfile.split('\n');
    const user = lines.lastIndexOf('USER node');
    expect(user).toBeGreaterThan(lines.findLastIndex((line) => line.startsWith('RUN')));
    expect(user).toBeLessThan(lines.findIndex((line) => line.startsWith('CMD')));
  });

  test('copies only what is there and what .dockerignore lets in', () => {
    const letIn = read('.dockerignore').split('\n');
    const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      ([, names = '']) => names.split(' '),
    );
    expect(sources.length).toBeGreaterThan(5);
    for (const source of sources) {
      expect(() => statSync(source)).not.toThrow();
      expect(letIn).toContain(`!${source}`);
    }
  });
});

// Without a compose program the file's meaning is not checked here: the run shows it as skipped.
(compose === undefined ? test.skip : test)('docker compose itself takes the file', () => {
  const [program = '', ...args] = compose ?? [];
  const run = (more: readonly string[]) =>
    spawnSync(program, [...args, ...more], { env: { PATH: process.env['PATH'] } });

  const local = run(['--env-file', 'deploy/local-aws.env', 'config', '--format', 'json']);
  expect(local.stderr.toString()).toBe('');
  const merged = JSON.parse(local.stdout.toString()) as {
    readonly services: Readonly<Record<string, Service>>;
  };
  expect(Object.keys(merged.services).sort()).toEqual(Object.keys(services).sort());
  expect(merged.services['worker']?.environment).toMatchObject({
    AWS_ENDPOINT_URL_DYNAMODB: 'http://local-aws:8000',
    TIDEMARK_BUCKET: 'tidemark-demo',
  });

  const withoutPassword = run(['--env-file', '/dev/null', 'config']);
  // Some builds of compose end with 0 all the same: what counts is that nothing comes out.
  expect(withoutPassword.stdout.toString()).toBe('');
  expect(withoutPassword.stderr.toString()).toContain('set POSTGRES_PASSWORD');
});
