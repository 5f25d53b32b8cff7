export type QueueRefusal = "queue_full" | "concurrency" | "closed";

interface QueuedJob {
  /** Jobs of one lane share its slots. */
  readonly lane: string;
  /** Slots of the lane, as its rule says now. */
  readonly slots: number;
  /** Memory held while waiting, in any one unit. */
  readonly weight: number;
  /** Its failure is its own affair: the slot is free again either way. */
  run(): Promise<void>;
}

export interface RuleQueueOptions {
  /** Jobs that wait at most, over all lanes. */
  readonly maxWaiting: number;
  readonly maxWaitingWeight: number;
}

export interface RuleQueue {
  /** Starts the job when its lane has a slot, else lets it wait; a reason when there is no room: it never takes another's. */
  add(job: QueuedJob): QueueRefusal | null;
  waiting(): number;
  running(): number;
  /** Resolves when nothing runs or waits. */
  idle(): Promise<void>;
  /** Takes no more jobs and forgets those that wait; answers how many those were. */
  close(): number;
}

/** Jobs that may wait for each slot of a lane: a slow target fills its own lane, not the whole queue. */
const WAITING_PER_SLOT = 16;

interface Lane {
  running: number;
  readonly waiting: QueuedJob[];
}

export function createRuleQueue({ maxWaiting, maxWaitingWeight }: RuleQueueOptions): RuleQueue {
  const lanes = new Map<string, Lane>();
  const watchers: (() => void)[] = [];
  let waiting = 0;
  let weight = 0;
  let running = 0;
  let isClosed = false;

  function start(lane: Lane, job: QueuedJob): void {
    lane.running += 1;
    running += 1;
    const end = () => {
      lane.running -= 1;
      running -= 1;
      startNext(lane);
      if (running === 0 && waiting === 0) for (const wake of watchers.splice(0)) wake();
    };
    job.run().then(end, end);
  }

  function startNext(lane: Lane): void {
    const next = lane.waiting[0];
    if (next === undefined || lane.running >= next.slots) return;
    lane.waiting.shift();
    waiting -= 1;
    weight -= next.weight;
    start(lane, next);
  }

  function findRefusal(lane: Lane, job: QueuedJob): QueueRefusal | null {
    if (waiting >= maxWaiting || weight + job.weight > maxWaitingWeight) return "queue_full";
    return lane.waiting.length >= job.slots * WAITING_PER_SLOT ? "concurrency" : null;
  }

  return {
    add(job) {
      if (isClosed) return "closed";
      const lane = lanes.get(job.lane) ?? { running: 0, waiting: [] };
      lanes.set(job.lane, lane);
      if (lane.running < job.slots && lane.waiting.length === 0) {
        start(lane, job);
        return null;
      }
      const refusal = findRefusal(lane, job);
      if (refusal !== null) return refusal;
      lane.waiting.push(job);
      waiting += 1;
      weight += job.weight;
      return null;
    },
    waiting: () => waiting,
    running: () => running,
    idle: () =>
      running === 0 && waiting === 0 ? Promise.resolve() : new Promise((wake) => watchers.push(wake)),
    close() {
      isClosed = true;
      const forgotten = waiting;
      for (const lane of lanes.values()) lane.waiting.length = 0;
      waiting = 0;
      weight = 0;
      return forgotten;
    },
  };
}
