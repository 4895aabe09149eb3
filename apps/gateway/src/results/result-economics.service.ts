import { Injectable } from '@nestjs/common';
import type { JsonObject, Tool, ToolAnswer, ToolResult } from '#gateway/tools/tool.js';
import { isInputRequired } from '#gateway/tools/tool.js';
import type { ToolRequest } from '#gateway/tools/tool-request.js';
import { InvalidArguments } from '#gateway/tools/tools.errors.js';
import { FULL, SELECT } from './economics.schema.js';
import { expressionFault } from './expression.js';
import { Repetitions } from './repetitions.js';
import { Selections } from './selections.js';
import { Spills } from './spills.js';

/** What a caller wants of a result, taken off its arguments. */
export interface Wishes {
  /** What is left for the tool. */
  readonly arguments: JsonObject;
  readonly select?: string;
  readonly full: boolean;
}

/** An answer on its way to the one who asked. */
export interface Settling {
  readonly tool: Tool;
  readonly request: ToolRequest;
  readonly wishes: Wishes;
  readonly answer: ToolAnswer;
  /** Of the answer's JSON. */
  readonly bytes: number;
}

/** Spares whoever asked what it does not need: of tools whose terms say so, and after the cache, which is everybody's. */
@Injectable()
export class ResultEconomics {
  constructor(
    private readonly selections: Selections,
    private readonly repetitions: Repetitions,
    private readonly spills: Spills,
  ) {}

  /** @throws InvalidArguments */
  wishesOf({ economics }: Tool, given: JsonObject): Wishes | Promise<Wishes> {
    const selects = economics?.select === true && Object.hasOwn(given, SELECT);
    const asks = economics?.deduplicate === true && Object.hasOwn(given, FULL);
    return selects || asks ? takenOff(given, selects, asks) : { arguments: given, full: false };
  }

  /** The same answer where there is nothing to spare. */
  settle(settling: Settling): ToolAnswer | Promise<ToolAnswer> {
    const { tool, wishes, answer, bytes, request } = settling;
    if (isInputRequired(answer)) return answer;
    const isLarge = bytes > tool.maxResultBytes && tool.economics?.spill === true;
    const mayRepeat = tool.economics?.deduplicate === true && readsResources(request);
    if (wishes.select === undefined && !isLarge && !mayRepeat) return answer;
    return this.economise(settling, answer);
  }

  private async economise(settling: Settling, answer: ToolResult): Promise<ToolAnswer> {
    const { wishes, tool, request } = settling;
    const selected = wishes.select === undefined ? answer : await this.selections.from(settling, answer, wishes.select);
    if (!readsResources(request)) return selected;
    const repetition = tool.economics?.deduplicate ? this.repetitions.of(settling, selected) : undefined;
    const reference = repetition && (await this.repetitions.reference(settling, repetition));
    if (reference) return reference;
    const { told, place } = await this.spills.told(settling, selected);
    if (repetition) this.repetitions.remember(settling, repetition, place);
    return told;
  }
}

/** Over REST there is no reading of resources; code inside a tool has not seen what its agent has, nor the other way round. */
const readsResources = ({ via, depth }: ToolRequest): boolean => via === 'mcp' && depth === undefined;

async function takenOff(given: JsonObject, selects: boolean, asks: boolean): Promise<Wishes> {
  const args: Record<string, unknown> = { ...given };
  const { [SELECT]: select, [FULL]: full } = given;
  if (selects) delete args[SELECT];
  if (asks) delete args[FULL];
  const fault = selects && select !== null ? await expressionFault(select) : undefined;
  if (fault !== undefined) throw new InvalidArguments([{ field: SELECT, code: 'jmespath', message: fault }]);
  if (asks && typeof full !== 'boolean' && full !== null) {
    throw new InvalidArguments([{ field: FULL, code: 'wrong_type', message: 'must be a boolean' }]);
  }
  return {
    arguments: args,
    full: asks && full === true,
    ...(selects && select !== null && { select: select as string }),
  };
}
