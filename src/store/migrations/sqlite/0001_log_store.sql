CREATE TABLE `log_writers` (
	`id` text PRIMARY KEY NOT NULL,
	`host` text NOT NULL,
	`sequence` integer NOT NULL,
	`lost` integer,
	`started_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_attempts` (
	`id` text PRIMARY KEY NOT NULL,
	`inference_id` text NOT NULL,
	`sequence` integer NOT NULL,
	`target` text NOT NULL,
	`provider` text NOT NULL,
	`model` text NOT NULL,
	`status` integer,
	`error_kind` text,
	`latency_ms` real NOT NULL,
	`ttft_ms` real,
	`started_at` integer NOT NULL
);
--> statement-breakpoint
INSERT INTO `__new_attempts`("id", "inference_id", "sequence", "target", "provider", "model", "status", "error_kind", "latency_ms", "ttft_ms", "started_at") SELECT "id", "inference_id", "sequence", "target", "provider", "model", "status", "error_kind", "latency_ms", "ttft_ms", "started_at" FROM `attempts`;--> statement-breakpoint
DROP TABLE `attempts`;--> statement-breakpoint
ALTER TABLE `__new_attempts` RENAME TO `attempts`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE INDEX `attempts_inference_id_index` ON `attempts` (`inference_id`);--> statement-breakpoint
CREATE TABLE `__new_inference_bodies` (
	`inference_id` text PRIMARY KEY NOT NULL,
	`request` text,
	`answer` text
);
--> statement-breakpoint
INSERT INTO `__new_inference_bodies`("inference_id", "request", "answer") SELECT "inference_id", "request", "answer" FROM `inference_bodies`;--> statement-breakpoint
DROP TABLE `inference_bodies`;--> statement-breakpoint
ALTER TABLE `__new_inference_bodies` RENAME TO `inference_bodies`;--> statement-breakpoint
DROP INDEX `inferences_created_at_index`;--> statement-breakpoint
DROP INDEX `inferences_route_index`;--> statement-breakpoint
DROP INDEX `inferences_target_index`;--> statement-breakpoint
DROP INDEX `inferences_sticky_key_hash_index`;--> statement-breakpoint
ALTER TABLE `inferences` ADD `verdict` text;--> statement-breakpoint
CREATE INDEX `inferences_failed_index` ON `inferences` (`id`) WHERE status <> 200;--> statement-breakpoint
CREATE INDEX `inferences_verdict_failed_index` ON `inferences` (`id`) WHERE verdict = 'fail';--> statement-breakpoint
CREATE INDEX `inferences_fallback_index` ON `inferences` (`id`) WHERE fallback_reason is not null;--> statement-breakpoint
CREATE INDEX `inferences_route_index` ON `inferences` (`route`,`id`);--> statement-breakpoint
CREATE INDEX `inferences_target_index` ON `inferences` (`target`,`id`);--> statement-breakpoint
CREATE INDEX `inferences_sticky_key_hash_index` ON `inferences` (`sticky_key_hash`) WHERE sticky_key_hash is not null;--> statement-breakpoint
DROP INDEX `shadow_answers_inference_id_index`;--> statement-breakpoint
DROP INDEX `shadow_answers_target_index`;--> statement-breakpoint
CREATE INDEX `shadow_answers_inference_id_index` ON `shadow_answers` (`inference_id`,`agreement`);--> statement-breakpoint
CREATE INDEX `shadow_answers_target_index` ON `shadow_answers` (`target`,`id`);--> statement-breakpoint
UPDATE `inferences` SET `verdict` = CASE WHEN `schema_verdict` = 'fail' OR `hard_checks` LIKE '%"ok":false%' THEN 'fail' ELSE `schema_verdict` END WHERE `schema_verdict` IS NOT NULL;