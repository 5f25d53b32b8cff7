-- Nothing was ever written to the table in its first form.
DROP TABLE `tombstones`;--> statement-breakpoint
CREATE TABLE `tombstones` (
	`id` text PRIMARY KEY NOT NULL,
	`subject` text NOT NULL,
	`sequence` integer NOT NULL,
	`reason` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tombstones_subject_index` ON `tombstones` (`subject`);--> statement-breakpoint
CREATE UNIQUE INDEX `tombstones_sequence_index` ON `tombstones` (`sequence`);--> statement-breakpoint
ALTER TABLE `feedback` ADD `sticky_key_hash` text;--> statement-breakpoint
CREATE INDEX `feedback_sticky_key_hash_index` ON `feedback` (`sticky_key_hash`) WHERE sticky_key_hash is not null;--> statement-breakpoint
ALTER TABLE `samples` ADD `user_hash` text;--> statement-breakpoint
CREATE INDEX `samples_user_hash_index` ON `samples` (`user_hash`) WHERE user_hash is not null;--> statement-breakpoint
ALTER TABLE `shadow_answers` ADD `sticky_key_hash` text;--> statement-breakpoint
CREATE INDEX `shadow_answers_sticky_key_hash_index` ON `shadow_answers` (`sticky_key_hash`) WHERE sticky_key_hash is not null;--> statement-breakpoint
UPDATE `shadow_answers` SET `sticky_key_hash` = (SELECT `sticky_key_hash` FROM `inferences` WHERE `inferences`.`id` = `shadow_answers`.`inference_id`);--> statement-breakpoint
UPDATE `feedback` SET `sticky_key_hash` = (SELECT `sticky_key_hash` FROM `inferences` WHERE `inferences`.`id` = `feedback`.`inference_id`);