import { type ChildProcess, spawn } from 'node:child_process';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';

/** How long what is left behind may take to end by itself. */
const GRACE_SECONDS = 3;

/**
 * Reads `+ <group>` and `- <group>`, a line each, until there is nothing more to read: that is when the gateway has gone.
 * Then the groups that are left are ended. POSIX sh, so that it costs next to nothing.
 */
const SCRIPT = `
trap '' HUP INT TERM QUIT
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
  esac
done
[ "$groups" = ' ' ] && exit 0
end() { for group in $groups; do kill -s "$1" -- "-$group" || kill "-$1" "-$group"; done 2>/dev/null; }
end TERM
sleep ${GRACE_SECONDS}
end KILL
`;

/**
 * Processes end when the gateway does, even when it is killed: their standard input ends, and most notice. One small
 * process of ours ends those that do not. It is started with the first of them.
 */
@Injectable()
export class Watchdog implements OnApplicationShutdown {
  private child: ChildProcess | undefined;
  private readonly groups = new Set<number>();

  /** @param group of processes @returns how to say that it has ended */
  watch(group: number): () => void {
    this.groups.add(group);
    if (this.child) this.tell(`+ ${group}`);
    else this.start();
    return () => {
      if (this.groups.delete(group)) this.tell(`- ${group}`);
    };
  }

  onApplicationShutdown(): void {
    this.child?.stdin?.end();
    this.child = undefined;
  }

  private start(): void {
    // A group of its own: what is sent to the gateway's must not end it.
    const child = spawn('/bin/sh', ['-c', SCRIPT], {
      detached: true,
      env: {},
      cwd: '/',
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.child = child;
    const gone = () => {
      if (this.child === child) this.child = undefined;
    };
    child.on('error', gone);
    child.on('exit', gone);
    child.stdin.on('error', gone);
    child.unref();
    (child.stdin as unknown as { unref(): void }).unref();
    for (const group of this.groups) this.tell(`+ ${group}`);
  }

  private tell(line: string): void {
    this.child?.stdin?.write(`${line}\n`);
  }
}
