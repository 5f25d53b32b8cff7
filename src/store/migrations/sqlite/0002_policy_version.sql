ALTER TABLE `inferences` ADD `policy_version` text DEFAULT 'unredacted' NOT NULL;--> statement-breakpoint
ALTER TABLE `shadow_answers` ADD `policy_version` text DEFAULT 'unredacted' NOT NULL;