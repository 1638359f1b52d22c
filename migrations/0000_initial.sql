-- Edited by hand after drizzle-kit: WITHOUT ROWID on equity_snapshots and projection_positions (schema.ts says why).
CREATE TABLE `account` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`account_id` text NOT NULL,
	`provider_id` text NOT NULL,
	`access_token` text,
	`refresh_token` text,
	`id_token` text,
	`access_token_expires_at` integer,
	`refresh_token_expires_at` integer,
	`scope` text,
	`password` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `account_by_user` ON `account` (`user_id`);--> statement-breakpoint
CREATE TABLE `copied_trades` (
	`id` text PRIMARY KEY NOT NULL,
	`follow_id` text NOT NULL,
	`follower_id` text NOT NULL,
	`leader_id` text NOT NULL,
	`block_id` text,
	`market` text NOT NULL,
	`side` text NOT NULL,
	`leader_order_id` text NOT NULL,
	`leader_quantity` numeric NOT NULL,
	`leader_quote` numeric NOT NULL,
	`leader_at` integer NOT NULL,
	`target` numeric NOT NULL,
	`wanted` numeric NOT NULL,
	`quantity` numeric NOT NULL,
	`quote` numeric NOT NULL,
	`fee` numeric NOT NULL,
	`fee_asset` text NOT NULL,
	`outcome` text NOT NULL,
	`reason` text,
	`slippage` integer,
	`delay` integer,
	`block_size` numeric,
	`block_quote` numeric,
	`participants` integer,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `copied_trades_by_follower` ON `copied_trades` (`follower_id`,`at`,`id`);--> statement-breakpoint
CREATE INDEX `copied_trades_by_follow` ON `copied_trades` (`follow_id`,`at`,`id`);--> statement-breakpoint
CREATE INDEX `copied_trades_by_leader` ON `copied_trades` (`leader_id`,`at`,`id`);--> statement-breakpoint
CREATE INDEX `copied_trades_by_time` ON `copied_trades` (`at`);--> statement-breakpoint
CREATE TABLE `dead_letters` (
	`id` text PRIMARY KEY NOT NULL,
	`queue` text NOT NULL,
	`body` text NOT NULL,
	`error` text DEFAULT '' NOT NULL,
	`attempts` integer NOT NULL,
	`at` integer NOT NULL,
	`told` integer DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE INDEX `dead_letters_by_time` ON `dead_letters` (`at`);--> statement-breakpoint
CREATE INDEX `dead_letters_untold` ON `dead_letters` (`told`,`at`);--> statement-breakpoint
CREATE TABLE `equity_snapshots` (
	`account_id` text NOT NULL,
	`at` integer NOT NULL,
	`equity` numeric NOT NULL,
	`net_deposits` numeric NOT NULL,
	`realised` numeric NOT NULL,
	`source` text NOT NULL,
	PRIMARY KEY(`account_id`, `at`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `equity_by_time` ON `equity_snapshots` (`at`);--> statement-breakpoint
CREATE TABLE `follows` (
	`id` text PRIMARY KEY NOT NULL,
	`leader_id` text NOT NULL,
	`follower_id` text NOT NULL,
	`status` text NOT NULL,
	`mode` text NOT NULL,
	`settings` text NOT NULL,
	`allocated` numeric NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`sequence` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `follows_by_leader` ON `follows` (`leader_id`,`status`);--> statement-breakpoint
CREATE INDEX `follows_by_follower` ON `follows` (`follower_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `orders` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`market` text NOT NULL,
	`side` text NOT NULL,
	`type` text NOT NULL,
	`price` numeric,
	`quantity` numeric,
	`quote_budget` numeric,
	`filled` numeric NOT NULL,
	`filled_quote` numeric NOT NULL,
	`status` text NOT NULL,
	`reason` text,
	`sequence` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `orders_by_account` ON `orders` (`account_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `orders_by_update` ON `orders` (`updated_at`);--> statement-breakpoint
CREATE TABLE `projection_positions` (
	`source` text PRIMARY KEY NOT NULL,
	`sequence` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `rate_limit` (
	`id` text PRIMARY KEY NOT NULL,
	`key` text NOT NULL,
	`count` integer NOT NULL,
	`last_request` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `rate_limit_key_unique` ON `rate_limit` (`key`);--> statement-breakpoint
CREATE TABLE `session` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`token` text NOT NULL,
	`expires_at` integer NOT NULL,
	`ip_address` text,
	`user_agent` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `session_token_unique` ON `session` (`token`);--> statement-breakpoint
CREATE INDEX `session_by_user` ON `session` (`user_id`);--> statement-breakpoint
CREATE INDEX `session_by_expiry` ON `session` (`expires_at`);--> statement-breakpoint
CREATE TABLE `traders` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`bio` text DEFAULT '' NOT NULL,
	`style` text DEFAULT '' NOT NULL,
	`kind` text NOT NULL,
	`open_to_followers` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`record_start` integer NOT NULL,
	`record_note` text DEFAULT '' NOT NULL
);
--> statement-breakpoint
CREATE INDEX `traders_open` ON `traders` (`open_to_followers`,`id`);--> statement-breakpoint
CREATE TABLE `trades` (
	`id` text PRIMARY KEY NOT NULL,
	`market` text NOT NULL,
	`sequence` integer NOT NULL,
	`price` numeric NOT NULL,
	`quantity` numeric NOT NULL,
	`quote` numeric NOT NULL,
	`taker_side` text NOT NULL,
	`maker_account_id` text NOT NULL,
	`taker_account_id` text NOT NULL,
	`maker_order_id` text NOT NULL,
	`taker_order_id` text NOT NULL,
	`maker_fee` numeric NOT NULL,
	`maker_fee_asset` text NOT NULL,
	`taker_fee` numeric NOT NULL,
	`taker_fee_asset` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `trades_by_market` ON `trades` (`market`,`sequence`);--> statement-breakpoint
CREATE INDEX `trades_by_maker` ON `trades` (`maker_account_id`,`at`);--> statement-breakpoint
CREATE INDEX `trades_by_taker` ON `trades` (`taker_account_id`,`at`);--> statement-breakpoint
CREATE INDEX `trades_by_time` ON `trades` (`at`);--> statement-breakpoint
CREATE TABLE `user` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`email` text NOT NULL,
	`email_verified` integer DEFAULT false NOT NULL,
	`image` text,
	`opened_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `user_email_unique` ON `user` (`email`);--> statement-breakpoint
CREATE TABLE `verification` (
	`id` text PRIMARY KEY NOT NULL,
	`identifier` text NOT NULL,
	`value` text NOT NULL,
	`expires_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `verification_by_identifier` ON `verification` (`identifier`);
