/** Owns an executable test server made of Maven's jars and a script that runs them. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../../config/cache-directory.js';
import { provide } from './provide.js';
import { runToEnd, type Report } from './run-to-end.js';

const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

const pomOf = (version: string): string => `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tidemark</groupId>
  <artifactId>temporal-test-server</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${version}</version>
    </dependency>
    <!-- Its logging facade complains at every start without a backend. -->
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-nop</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
`;

/**
 * The SDK gives the port as the only argument and waits 5 seconds for the server: hence the options
 * that let Java start fast. Time is not skipped until a client asks, as the SDK expects.
 */
const scriptOf = (jars: string): string => `#!/bin/sh
exec "\${JAVA_HOME:+$JAVA_HOME/bin/}java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto \\
  -cp "$(dirname "$0")/../${jars}/*" io.temporal.testserver.TestServer "$@"
`;

/**
 * Brings the script to `target` in the cache's `bin`, its jars beside `bin`; needs Maven and Java.
 *
 * @throws TidemarkError MissingProgram when one of them is not installed or fails.
 */
export async function mavenTestServer(
  version: string,
  target: string,
  report: Report,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const cache = cacheDirectory(env);
  const number = version.replace(/^v/, '');
  const jars = `temporal-test-server-${number}`;
  const logFile = (command: string): string => join(cache, 'logs', `${command}-test-server.log`);
  return await provide(
    target,
    async (scratch) => {
      await runToEnd(
        {
          label: 'looking for Java',
          command: 'java',
          args: ['-version'],
          env,
          logFile: logFile('java'),
          installHint: 'Install Java 17 or later.',
        },
        report,
      );
      const pom = join(scratch, 'pom.xml');
      const copied = join(scratch, 'jars');
      await mkdir(copied);
      await writeFile(pom, pomOf(number));
      await runToEnd(
        {
          label: `fetching the test server ${number} with Maven (once)`,
          command: 'mvn',
          args: ['-B', '-f', pom, COPY, '-DincludeScope=runtime', `-DoutputDirectory=${copied}`],
          env,
          logFile: logFile('maven'),
          installHint: 'Install Maven 3.6 or later.',
        },
        report,
      );
      // The script appears last: where it is, its jars are.
      await rm(join(cache, jars), { recursive: true, force: true });
      await rename(copied, join(cache, jars));
      const script = join(scratch, 'server.sh');
      await writeFile(script, scriptOf(jars));
      return script;
    },
    report,
  );
}
