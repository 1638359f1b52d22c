CREATE TABLE `closed_records` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`started_at` integer NOT NULL,
	`ended_at` integer NOT NULL,
	`reason` text NOT NULL,
	`return_bps` integer,
	`max_drawdown_bps` integer,
	`realised` numeric NOT NULL,
	`equity` numeric
);
--> statement-breakpoint
CREATE INDEX `closed_records_by_account` ON `closed_records` (`account_id`,`ended_at`);--> statement-breakpoint
CREATE TABLE `reconciliation_differences` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`place` text NOT NULL,
	`detail` text NOT NULL,
	`first_seen` integer NOT NULL,
	`last_seen` integer NOT NULL,
	`told` integer DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE INDEX `reconciliation_by_time` ON `reconciliation_differences` (`last_seen`);--> statement-breakpoint
CREATE TABLE `reconciliation_progress` (
	`one` integer PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`at` integer NOT NULL
);
