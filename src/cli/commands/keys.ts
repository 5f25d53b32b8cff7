import { text } from "node:stream/consumers";
import { Command, Option } from "commander";
import { readEnvironment } from "../../config/environment.ts";
import type { KeyStore } from "../../store/key-store.ts";
import { openStore, type Store } from "../../store/open-store.ts";
import { CommandFailed, formatTable, print, remark } from "../output.ts";

type NewKey = Parameters<KeyStore["create"]>[0];

interface KeyOptions {
  readonly name: string;
  readonly scope: NewKey["scopes"][number];
  readonly consent?: NewKey["consent"];
  readonly json: boolean;
}

export function createKeysCommand(): Command {
  return new Command("keys")
    .description("who may call; a running server sees changes within a second")
    .addCommand(createCreateCommand())
    .addCommand(createImportCommand())
    .addCommand(createListCommand())
    .addCommand(createRevokeCommand());
}

function addKeyOptions(command: Command): Command {
  return command
    .requiredOption("--name <name>", "what the key is for")
    .addOption(
      new Option("--scope <scope>", "what it opens").choices(["inference", "admin"]).default("inference"),
    )
    .addOption(
      new Option("--consent <consent>", "the most its requests may be used for").choices([
        "none",
        "log",
        "train",
      ]),
    )
    .option("--json", "print JSON", false);
}

function createCreateCommand(): Command {
  return addKeyOptions(new Command("create"))
    .description("make a key; it is shown this once")
    .action((options: KeyOptions) =>
      withStore(async ({ keys, audit }) => {
        const { key, row } = await keys.create(convertToNewKey(options));
        await audit.append({ actor: "cli", action: "key.create", subject: row.id });
        print({ ...row, key }, { json: options.json, lines: [key] });
        if (!options.json) remark(`Key ${row.id} (${row.name}). It cannot be shown again.`);
      }),
    );
}

function createImportCommand(): Command {
  return addKeyOptions(new Command("import"))
    .description(
      "admit a key that a client sends already; read from standard input or a variable, never an argument",
    )
    .option("--from-env <variable>", "variable that holds the key")
    .action((options: KeyOptions & { fromEnv?: string }) =>
      withStore(async ({ keys, audit }) => {
        const key = await readKey(options.fromEnv);
        const row = await keys.import({ ...convertToNewKey(options), key });
        await audit.append({ actor: "cli", action: "key.import", subject: row.id });
        print(row, { json: options.json, lines: [`Imported ${row.prefix}… as ${row.name} (${row.id})`] });
      }),
    );
}

function createListCommand(): Command {
  return new Command("list")
    .description("every key, without the keys")
    .option("--json", "print JSON", false)
    .action(({ json }: { json: boolean }) =>
      withStore(async ({ keys }) => {
        const rows = keys.list();
        const cells = rows.map((row) => [
          row.id,
          row.name,
          `${row.prefix}…`,
          row.scopes.join("+"),
          row.consent,
          row.revokedAt === null ? "active" : "revoked",
        ]);
        print(rows, { json, lines: formatTable(["id", "name", "key", "scope", "consent", "state"], cells) });
      }),
    );
}

function createRevokeCommand(): Command {
  return new Command("revoke")
    .description("shut a key out")
    .argument("<id>", "the key's id, from `keys list`")
    .action((id: string) =>
      withStore(async ({ keys, audit }) => {
        if (!(await keys.revoke(id))) throw new CommandFailed(`There is no active key with the id ${id}.`);
        await audit.append({ actor: "cli", action: "key.revoke", subject: id });
        remark(`Revoked ${id}.`);
      }),
    );
}

function convertToNewKey({ name, scope, consent }: KeyOptions): NewKey {
  return { name, scopes: [scope], consent };
}

async function readKey(variable: string | undefined): Promise<string> {
  const key =
    variable === undefined ? (await text(process.stdin)).trim() : readEnvironment().readSecret(variable);
  if (key === undefined || key === "") {
    throw new CommandFailed(
      variable === undefined ? "No key came on standard input." : `${variable} is not set.`,
    );
  }
  return key;
}

async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
  const store = await openStore({ url: readEnvironment().databaseUrl });
  try {
    await work(store);
  } finally {
    await store.close();
  }
}
