import type { Provider } from "../providers/provider.ts";
import type { ErasureLog } from "../store/erasure/erasure-log.ts";
import type {
  InferenceReader,
  InferenceRecord,
  InferenceRecorder,
  RouteStore,
} from "../store/inference-log.ts";
import type { AccessKeys } from "./access.ts";
import type { EraseSubject } from "./admin/erase-handler.ts";
import type { RouteChangesOptions } from "./admin/route-changes.ts";
import type { InstanceFacts } from "./admin/state-handlers.ts";
import type { AnswerFormats } from "./answer-format.ts";
import type { SharedAnswers } from "./cache/shared-answers.ts";
import type { GatewayLogger } from "./gateway-logger.ts";
import type { LogBookOptions } from "./inference-log-book.ts";
import type { InferenceTrace } from "./inference-trace.ts";
import type { LiveRoutes } from "./live-routes.ts";
import type { BodyLimits } from "./read-json-body.ts";
import type { RequestDomain } from "./request-domain.ts";

/** Everything the gateway reaches through an interface; wired where the process starts. */
export interface GatewayDeps {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly routes: LiveRoutes;
  /** The upstream that takes model names no route knows; the same that `routes` passes through to. */
  readonly passthrough: Provider | undefined;
  readonly domain: RequestDomain;
  readonly store: {
    readonly recorder: InferenceRecorder;
    readonly reader: InferenceReader;
    readonly routes: RouteStore;
    readonly keys: AccessKeys;
    readonly audit: RouteChangesOptions["audit"];
    readonly erasures: Pick<ErasureLog, "covers" | "onErased">;
  };
  /** Erases a user or an inference everywhere, for `/admin/erase`. */
  readonly erase: EraseSubject;
  /** Shared with whoever else compiles the callers' schemas; a set of its own when left out. */
  readonly formats?: AnswerFormats | undefined;
  /** The cache that instances share; each has only its own when left out. Closed by whoever made it. */
  readonly sharedAnswers?: SharedAnswers | undefined;
  /** Configured providers that cannot be used now, with what they lack. */
  readonly inactiveProviders: ReadonlyMap<string, string>;
  /** Offers a finished request to the shadow runner; must not throw. */
  readonly offerShadow: (trace: InferenceTrace, record: InferenceRecord) => void;
  /** US dollars of a call; null when the target's price is not known. */
  readonly costUsd: LogBookOptions["costUsd"];
  /** Further numbers for `/metrics`, read at scrape time. */
  readonly gauges: () => Readonly<Record<string, number>>;
  /** State of the local engine for `/admin/engine`. */
  readonly describeEngine: () => unknown;
  readonly instance: InstanceFacts;
  readonly logger: GatewayLogger;
  readonly now: () => number;
  readonly settings: GatewaySettings;
}

interface GatewaySettings {
  /** True when the server is bound to a loopback address. */
  readonly isLoopback: boolean;
  readonly adminKey: string | undefined;
  readonly logMode: "async" | "strict";
  /** Keys the stored hashes of sticky keys; the same for every instance on one database. */
  readonly stickySecret: string;
  readonly limits: BodyLimits;
  /** Quiet time after which a stream gets a comment; 15 seconds when left out. */
  readonly keepAliveMs?: number | undefined;
  readonly cacheBytes: number;
  /** Largest answer that is cached. */
  readonly cacheEntryBytes?: number | undefined;
  /** Route that answers `/generate`. */
  readonly generateRoute: string;
}
