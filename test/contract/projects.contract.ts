import { describe, expect, it } from '@jest/globals';
import type { ProjectResolveResponse } from '#core/projects/projects.js';
import type { Api } from '../support/api.js';

let count = 0;
const aProject = (overrides: Record<string, unknown> = {}) => ({
  workspace_id: `w-${++count}`,
  workspace_root: '/home/ada/engine',
  ...overrides,
});

export function projectsContract(api: () => Api): void {
  const resolve = (body: unknown) => api().post<ProjectResolveResponse>('/projects/resolve', body);

  describe('POST /projects/resolve', () => {
    it('creates a project once, and finds it again', async () => {
      const project = aProject();
      const first = await resolve(project);
      expect(first.status).toBe(200);
      expect(first.body).toMatchObject({ created: true, canonical_name: 'engine', tags: [] });
      const again = await resolve(project);
      expect(again.body).toEqual({ ...first.body, created: false });
    });

    it('knows one repository by every spelling of its remote', async () => {
      const spellings = [
        'git@github.com:ada/engine.git',
        'https://github.com/ada/engine',
        'https://x-access-token:s3cret@github.com/ada/engine.git/',
        'ssh://git@GitHub.com/ada/engine.git',
      ];
      const workspace = aProject();
      const ids = new Set<string>();
      for (const vcs_remote_url of spellings) {
        const { body } = await resolve({ ...workspace, vcs_remote_url, workspace_root: `/clone/${ids.size}` });
        expect(body.canonical_name).toBe('ada/engine');
        ids.add(body.project_id);
      }
      expect(ids.size).toBe(1);
    });

    it('keeps workspaces apart', async () => {
      const one = await resolve(aProject({ vcs_remote_url: 'https://h/o/r' }));
      const other = await resolve(aProject({ vcs_remote_url: 'https://h/o/r' }));
      expect(other.body.project_id).not.toBe(one.body.project_id);
    });

    it('adds labels up', async () => {
      const project = aProject();
      await resolve({ ...project, labels: ['backend', 'go'] });
      const { body } = await resolve({ ...project, labels: ['go', 'alpha'] });
      expect(body.tags).toEqual(['alpha', 'backend', 'go']);
    });

    it('answers 404 for an unknown project when it must not be created', async () => {
      const { status, body } = await resolve(aProject({ create_if_missing: false }));
      expect(status).toBe(404);
      expect(body).toMatchObject({ code: 'project_not_found', status: 404 });
    });

    it('creates one project for ten clients at once', async () => {
      const project = aProject();
      const answers = await Promise.all(Array.from({ length: 10 }, () => resolve(project)));
      expect(new Set(answers.map(({ body }) => body.project_id)).size).toBe(1);
      expect(answers.filter(({ body }) => body.created)).toHaveLength(1);
    });

    it('refuses what is no remote', async () => {
      const { status, body } = await resolve(aProject({ vcs_remote_url: 'not a remote' }));
      expect(status).toBe(422);
      expect(body).toMatchObject({ errors: [{ field: 'vcs_remote_url', code: 'invalid_remote' }] });
    });
  });
}
