/** Owns putting tasks after their upstreams, and naming the path of a cycle where none can. */

/** What ordering needs of a task. */
interface Ordered {
  readonly id: string;
  readonly upstream: Iterable<string>;
}

/** `tasks` with each after its upstreams, else in the order given; or the ids along a cycle. */
export function orderTasks<T extends Ordered>(
  tasks: readonly T[],
): { readonly ordered: readonly T[] } | { readonly cycle: readonly string[] } {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const waits = new Map<string, number>();
  const downstream = new Map<string, T[]>();
  for (const task of tasks) {
    const upstream = [...task.upstream];
    waits.set(task.id, upstream.length);
    for (const id of upstream) {
      const list = downstream.get(id);
      if (list === undefined) downstream.set(id, [task]);
      else list.push(task);
    }
  }
  const ordered = tasks.filter((task) => waits.get(task.id) === 0);
  for (const task of ordered) {
    for (const later of downstream.get(task.id) ?? []) {
      const left = (waits.get(later.id) ?? 0) - 1;
      waits.set(later.id, left);
      if (left === 0) ordered.push(later);
    }
  }
  if (ordered.length === tasks.length) return { ordered };
  return {
    cycle: findCycle(
      tasks.filter((task) => waits.get(task.id) !== 0),
      byId,
    ),
  };
}

/** A cycle, downstream along it, with its first id again at its end. Each of `stuck` leads to one. */
function findCycle<T extends Ordered>(
  stuck: readonly T[],
  byId: ReadonlyMap<string, T>,
): readonly string[] {
  const stuckIds = new Set(stuck.map((task) => task.id));
  const path: string[] = [];
  let id = stuck[0]?.id;
  while (id !== undefined && !path.includes(id)) {
    path.push(id);
    id = [...(byId.get(id)?.upstream ?? [])].find((other) => stuckIds.has(other));
  }
  const cycle = path.slice(path.indexOf(String(id))).reverse();
  // Begins with the task that was declared first, since people look for it from the top.
  const first = cycle.findIndex((one) => one === stuck.find((task) => cycle.includes(task.id))?.id);
  const turned = [...cycle.slice(first), ...cycle.slice(0, first)];
  return [...turned, String(turned[0])];
}
