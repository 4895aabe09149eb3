import { defineError } from '#errors/define-error.js';

/** Said to a model, which can do better next time. @param nearest names that are written about so */
export const NoSuchTool = defineError('no_such_tool', 404, (name: string, nearest: readonly string[]) => {
  const known = nearest.map((near) => JSON.stringify(near)).join(', ');
  const hint = nearest.length > 0 ? `Names like it: ${known}.` : 'Find its name with search_tools.';
  return {
    message: `There is no tool named ${JSON.stringify(name.slice(0, 128))} here. ${hint}`,
    members: { error: 'ToolNotFound' },
  };
});
