CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`prefix` text NOT NULL,
	`key_hash` text NOT NULL,
	`scopes` text NOT NULL,
	`consent` text,
	`created_at` integer NOT NULL,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_key_hash_index` ON `api_keys` (`key_hash`);--> statement-breakpoint
CREATE TABLE `attempts` (
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
	`started_at` integer NOT NULL,
	FOREIGN KEY (`inference_id`) REFERENCES `inferences`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `attempts_inference_id_index` ON `attempts` (`inference_id`);--> statement-breakpoint
CREATE TABLE `audit` (
	`id` text PRIMARY KEY NOT NULL,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`subject` text NOT NULL,
	`detail` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_subject_index` ON `audit` (`subject`,`id`);--> statement-breakpoint
CREATE TABLE `feedback` (
	`id` text PRIMARY KEY NOT NULL,
	`inference_id` text NOT NULL,
	`score` real,
	`verdict` text,
	`correction` text,
	`comment` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `feedback_inference_id_index` ON `feedback` (`inference_id`);--> statement-breakpoint
CREATE TABLE `inference_bodies` (
	`inference_id` text PRIMARY KEY NOT NULL,
	`request` text,
	`answer` text,
	FOREIGN KEY (`inference_id`) REFERENCES `inferences`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `inferences` (
	`id` text PRIMARY KEY NOT NULL,
	`request_id` text NOT NULL,
	`route` text NOT NULL,
	`route_version` integer NOT NULL,
	`target` text,
	`requested_model` text NOT NULL,
	`bucket` real NOT NULL,
	`model_version` text,
	`adapter` text,
	`prompt_version` text,
	`license_class` text,
	`endpoint` text NOT NULL,
	`streamed` integer NOT NULL,
	`status` integer NOT NULL,
	`error_code` text,
	`finish_reason` text,
	`prompt_tokens` integer,
	`completion_tokens` integer,
	`cached_tokens` integer,
	`cost_usd` real,
	`latency_ms` real NOT NULL,
	`ttft_ms` real,
	`cache` text NOT NULL,
	`fallback_reason` text,
	`dropped` text NOT NULL,
	`interventions` integer,
	`sticky_key_hash` text,
	`consent` text NOT NULL,
	`schema_verdict` text,
	`hard_checks` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `inferences_created_at_index` ON `inferences` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `inferences_route_index` ON `inferences` (`route`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `inferences_target_index` ON `inferences` (`target`,`created_at`);--> statement-breakpoint
CREATE INDEX `inferences_request_id_index` ON `inferences` (`request_id`);--> statement-breakpoint
CREATE INDEX `inferences_sticky_key_hash_index` ON `inferences` (`sticky_key_hash`);--> statement-breakpoint
CREATE TABLE `models` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`version` text NOT NULL,
	`base_model` text,
	`sha256` text,
	`license_class` text,
	`manifest_hash` text,
	`report` text,
	`state` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `models_name_version_index` ON `models` (`name`,`version`);--> statement-breakpoint
CREATE TABLE `ramps` (
	`id` text PRIMARY KEY NOT NULL,
	`route` text NOT NULL,
	`target` text NOT NULL,
	`state` text NOT NULL,
	`percent` real NOT NULL,
	`plan` text NOT NULL,
	`reason` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `ramps_route_index` ON `ramps` (`route`,`state`);--> statement-breakpoint
CREATE TABLE `reviews` (
	`id` text PRIMARY KEY NOT NULL,
	`sample_id` text NOT NULL,
	`reviewer` text NOT NULL,
	`decision` text NOT NULL,
	`correction` text,
	`comment` text,
	`duration_ms` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`sample_id`) REFERENCES `samples`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `reviews_sample_id_index` ON `reviews` (`sample_id`);--> statement-breakpoint
CREATE TABLE `rounds` (
	`id` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`steps` text NOT NULL,
	`manifest_hash` text,
	`model_id` text,
	`report` text,
	`started_at` integer NOT NULL,
	`finished_at` integer
);
--> statement-breakpoint
CREATE INDEX `rounds_started_at_index` ON `rounds` (`started_at`);--> statement-breakpoint
CREATE TABLE `route_versions` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`version` integer NOT NULL,
	`route` text NOT NULL,
	`actor` text NOT NULL,
	`reason` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `route_versions_name_version_index` ON `route_versions` (`name`,`version`);--> statement-breakpoint
CREATE TABLE `samples` (
	`id` text PRIMARY KEY NOT NULL,
	`source` text NOT NULL,
	`input_hash` text NOT NULL,
	`input` text NOT NULL,
	`output` text NOT NULL,
	`inference_id` text,
	`target` text,
	`license_class` text NOT NULL,
	`state` text NOT NULL,
	`reasons` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `samples_state_index` ON `samples` (`state`,`id`);--> statement-breakpoint
CREATE INDEX `samples_input_hash_index` ON `samples` (`input_hash`);--> statement-breakpoint
CREATE INDEX `samples_inference_id_index` ON `samples` (`inference_id`);--> statement-breakpoint
CREATE TABLE `shadow_answers` (
	`id` text PRIMARY KEY NOT NULL,
	`inference_id` text NOT NULL,
	`target` text NOT NULL,
	`provider` text NOT NULL,
	`model` text NOT NULL,
	`model_version` text,
	`license_class` text,
	`answer` text,
	`finish_reason` text,
	`error_kind` text,
	`error_message` text,
	`schema_verdict` text,
	`hard_checks` text,
	`agreement` real,
	`prompt_tokens` integer,
	`completion_tokens` integer,
	`cost_usd` real,
	`latency_ms` real NOT NULL,
	`ttft_ms` real,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `shadow_answers_inference_id_index` ON `shadow_answers` (`inference_id`);--> statement-breakpoint
CREATE INDEX `shadow_answers_target_index` ON `shadow_answers` (`target`,`created_at`);--> statement-breakpoint
CREATE TABLE `tombstones` (
	`id` text PRIMARY KEY NOT NULL,
	`subject_hash` text NOT NULL,
	`reason` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tombstones_subject_hash_index` ON `tombstones` (`subject_hash`);