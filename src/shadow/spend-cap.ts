const DAY_MS = 24 * 60 * 60 * 1000;

export interface SpendCap {
  /**
   * Sets money aside for one call of a lane; null when the day's cap leaves none. A call under way counts as much as
   * the dearest call of the day so far, so calls side by side overshoot by at most what is new about them.
   */
  reserve(lane: string, capUsd: number | null): Reservation | null;
}

export interface Reservation {
  /** What the call cost in US dollars; null when unknown though it may be billed: then the reserved sum stays spent. */
  settle(usd: number | null): void;
}

interface Account {
  day: number;
  spentUsd: number;
  reservedUsd: number;
  dearestUsd: number;
}

/** Spending of each lane by UTC day, in this process. */
export function createSpendCap({ now }: { now: () => number }): SpendCap {
  const accounts = new Map<string, Account>();

  function open(lane: string): Account {
    const day = Math.floor(now() / DAY_MS);
    const known = accounts.get(lane);
    if (known?.day === day) return known;
    const account = { day, spentUsd: 0, reservedUsd: 0, dearestUsd: known?.dearestUsd ?? 0 };
    accounts.set(lane, account);
    return account;
  }

  return {
    reserve(lane, capUsd) {
      const account = open(lane);
      const reservedUsd = account.dearestUsd;
      const total = account.spentUsd + account.reservedUsd + reservedUsd;
      if (capUsd !== null && (total > capUsd || account.spentUsd >= capUsd)) return null;
      account.reservedUsd += reservedUsd;
      return {
        settle(usd) {
          account.reservedUsd -= reservedUsd;
          account.spentUsd += usd ?? reservedUsd;
          account.dearestUsd = Math.max(account.dearestUsd, usd ?? 0);
        },
      };
    },
  };
}
