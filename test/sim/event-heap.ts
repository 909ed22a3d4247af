/** Something that happens at a moment of virtual time. Called off: it stays in the heap and does nothing. */
export interface SimulatedEvent {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  off: boolean;
}

/** Events by time, those of one moment in the order in which they were put in: a binary heap. */
export class EventHeap {
  readonly #events: SimulatedEvent[] = [];
  #order = 0;

  get size(): number {
    return this.#events.length;
  }

  /** The first event, which stays. */
  get first(): SimulatedEvent | undefined {
    return this.#events[0];
  }

  push(at: number, run: () => void): SimulatedEvent {
    this.#order += 1;
    const event: SimulatedEvent = { at, order: this.#order, run, off: false };
    const events = this.#events;
    let index = events.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = events[parent];
      if (above === undefined || !isBefore(event, above)) break;
      events[index] = above;
      index = parent;
    }
    events[index] = event;
    return event;
  }

  /** Takes the first event out; undefined when there is none. */
  pop(): SimulatedEvent | undefined {
    const events = this.#events;
    const first = events[0];
    const last = events.pop();
    if (first === undefined || last === undefined || events.length === 0) return first;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let child = left;
      const [one, other] = [events[left], events[right]];
      if (one === undefined) break;
      if (other !== undefined && isBefore(other, one)) child = right;
      const below = events[child];
      if (below === undefined || !isBefore(below, last)) break;
      events[index] = below;
      index = child;
    }
    events[index] = last;
    return first;
  }
}

function isBefore(a: SimulatedEvent, b: SimulatedEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
