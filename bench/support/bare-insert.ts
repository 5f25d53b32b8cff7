/**
 * The floor: the same records made into values and inserted into the same tables through the same driver, in
 * transactions of 500, and nothing else: no queue, no thread, no snapshot, no redaction, no idempotence.
 */
import Database from "better-sqlite3";
import pg from "pg";
import type { InferenceRecord } from "../../src/store/inference-log.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import { createRecordingEncoder } from "../../src/store/writer/encode-recording.ts";
import { createTablePlans } from "../../src/store/writer/table-plans.ts";
import type { DriverValue, LogTable, TablePlan } from "../../src/store/writer/writer-messages.ts";

const BATCH_ROWS = 500;
const TABLES = ["inference", "body", "attempt"] as const satisfies readonly LogTable[];
type TableRows = Record<(typeof TABLES)[number], (readonly DriverValue[])[]>;

/** Rows a second; `createRow` is called outside the measured time. */
export async function measureBareInsert(options: {
  readonly url: string;
  readonly rows: number;
  readonly createRow: (number: number) => InferenceRecord;
}): Promise<number> {
  const { url, rows, createRow } = options;
  const database = await openDatabase(url);
  const plans = createTablePlans(database.tables);
  const isPostgres = database.address.dialect === "postgres";
  const encode = createRecordingEncoder(plans, { hasBooleans: isPostgres });
  const inserter =
    database.address.dialect === "sqlite"
      ? createSqliteInserter(database.address.path, plans)
      : await createPostgresInserter(url, plans);
  let spentMs = 0;
  for (let done = 0; done < rows; done += BATCH_ROWS) {
    const records = Array.from({ length: BATCH_ROWS }, (_, index) => createRow(done + index));
    const startedAt = performance.now();
    const batch: TableRows = { inference: [], body: [], attempt: [] };
    for (const record of records) {
      for (const { table, values } of encode({ kind: "inference", record })) {
        if (table === "inference" || table === "body" || table === "attempt") batch[table].push(values);
      }
    }
    await inserter.insert(batch);
    spentMs += performance.now() - startedAt;
  }
  await inserter.close();
  await database.close();
  return (Math.ceil(rows / BATCH_ROWS) * BATCH_ROWS * 1000) / spentMs;
}

type Plans = Readonly<Record<(typeof TABLES)[number], TablePlan>>;

interface Inserter {
  insert(batch: TableRows): Promise<void>;
  close(): Promise<void>;
}

function createSqliteInserter(path: string, plans: Plans): Inserter {
  const file = new Database(path);
  file.pragma("journal_mode = WAL");
  file.pragma("synchronous = NORMAL");
  const statements = Object.fromEntries(
    TABLES.map((table) => {
      const { table: name, columns } = plans[table];
      const places = columns.map(() => "?").join(", ");
      const names = columns.map((column) => column.name).join(", ");
      return [table, file.prepare(`INSERT INTO ${name} (${names}) VALUES (${places})`)] as const;
    }),
  );
  const insert = file.transaction((batch: TableRows) => {
    for (const table of TABLES) {
      for (const values of batch[table]) statements[table]?.run(values);
    }
  });
  return { insert: async (batch) => insert(batch), close: async () => void file.close() };
}

async function createPostgresInserter(url: string, plans: Plans): Promise<Inserter> {
  const client = new pg.Client(url);
  await client.connect();
  const createText = ({ table, columns }: TablePlan): string => {
    let place = 0;
    const row = () => `(${columns.map(() => `$${++place}`).join(", ")})`;
    const names = columns.map((column) => column.name).join(", ");
    return `INSERT INTO ${table} (${names}) VALUES ${Array.from({ length: BATCH_ROWS }, row).join(", ")}`;
  };
  const texts = Object.fromEntries(TABLES.map((table) => [table, createText(plans[table])]));
  return {
    async insert(batch) {
      await client.query("BEGIN");
      for (const table of TABLES) {
        await client.query({ name: table, text: texts[table] ?? "", values: batch[table].flat() });
      }
      await client.query("COMMIT");
    },
    close: () => client.end(),
  };
}
