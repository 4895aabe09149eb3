import { describe, expect, it } from '@jest/globals';
import { parseShell } from './shell-command.js';

describe('parseShell', () => {
  it.each([
    ['cat a.py', 'view'],
    ['grep -rn "a|b; rm x" src', 'view'],
    ['git diff HEAD~1', 'view'],
    ['git --no-pager log', 'view'],
    ['cd /repo && ls', 'view'],
    ['sed -n 1,5p a.py', 'view'],
    ['grep x 2>/dev/null', 'view'],
    ['sed -i s/a/b/ a.py', 'change'],
    ['echo x > a.py', 'change'],
    ['git checkout main', 'change'],
    ['rm -rf build', 'change'],
    ['npm install left-pad', 'change'],
    ['python a.py', 'run'],
    ['cat in.txt | python a.py', 'run'],
    ['rm out.txt && make', 'run'],
    ['edit 1:2\npytest', 'edit'],
    ['create a.py', 'create'],
    ["submit 'flag{x}'", 'submit'],
    ['', 'run'],
  ])('%j: %s', (command, nature) => {
    expect(parseShell(command).nature).toBe(nature);
  });

  it.each([
    ['cd /repo && CI=1 timeout 60 python -m pytest -q tests/a.py 2>&1 | tail -5', 'pytest -q tests/a.py'],
    ['npx jest  --ci', 'jest --ci'],
    ['python a.py > out.txt', 'python a.py'],
  ])('finds what %j is about', (command, main) => {
    expect(parseShell(command).main).toBe(main);
  });

  it.each([
    ['pytest | tail', true],
    ['pytest || true', true],
    ['pytest; echo done', true],
    ['pytest && echo done', false],
    ['pytest', false],
  ])('knows whether the exit code of %j is that of the run', (command, hidden) => {
    expect(parseShell(command).hidesExit).toBe(hidden);
  });
});
