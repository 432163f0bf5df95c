import { quote } from './by-hand';

/** What a person types to look at a rescale, or to tell it something: every word as a shell takes it. */

export function statusCommand(workflowId: string): string {
  return queryCommand(workflowId, 'status');
}

export function queryCommand(workflowId: string, type: string): string {
  return `temporal workflow query --workflow-id ${quote(workflowId)} --type ${type}`;
}

/** `input`: JSON. */
export function signalCommand(workflowId: string, name: string, input?: string): string {
  return `temporal workflow signal ${saying(workflowId, name, input)}`;
}

/** Answers, where a signal does not. */
export function updateCommand(workflowId: string, name: string, input?: string): string {
  return `temporal workflow update execute ${saying(workflowId, name, input)}`;
}

function saying(workflowId: string, name: string, input: string | undefined): string {
  const words = ['--workflow-id', quote(workflowId), '--name', name];
  return (input === undefined ? words : [...words, '--input', quote(input)]).join(' ');
}

/** What deletes the files of a savepoint. */
export function disposeCommand(flinkUrl: string, path: string): string {
  const body = quote(JSON.stringify({ 'savepoint-path': path }));
  return `curl -s -X POST -H content-type:application/json -d ${body} ${flinkUrl}/savepoint-disposal`;
}
