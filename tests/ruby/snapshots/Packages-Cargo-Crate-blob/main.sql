CREATE TABLE packages_cargo_crate_states (
    verification_started_at timestamp with time zone,
    verification_retry_at timestamp with time zone,
    verified_at timestamp with time zone,
    packages_cargo_crate_id bigint NOT NULL,
    verification_state smallint DEFAULT 0 NOT NULL,
    verification_retry_count smallint DEFAULT 0 NOT NULL,
    verification_checksum bytea,
    verification_failure text,
    CONSTRAINT check_3d3e133f78 CHECK ((char_length(verification_failure) <= 255))
);

ALTER TABLE ONLY packages_cargo_crate_states
    ADD CONSTRAINT packages_cargo_crate_states_pkey PRIMARY KEY (packages_cargo_crate_id);

CREATE INDEX index_packages_cargo_crate_states_failed_verification ON packages_cargo_crate_states USING btree (verification_retry_at NULLS FIRST) WHERE (verification_state = 3);

CREATE INDEX index_packages_cargo_crate_states_needs_verification ON packages_cargo_crate_states USING btree (verification_state) WHERE ((verification_state = 0) OR (verification_state = 3));

CREATE INDEX index_packages_cargo_crate_states_on_verification_state ON packages_cargo_crate_states USING btree (verification_state);

CREATE INDEX index_packages_cargo_crate_states_pending_verification ON packages_cargo_crate_states USING btree (verified_at NULLS FIRST) WHERE (verification_state = 0);

ALTER TABLE ONLY packages_cargo_crate_states
    ADD CONSTRAINT fk_rails_7806e580ae FOREIGN KEY (packages_cargo_crate_id) REFERENCES packages_cargo_crates(id) ON DELETE CASCADE;
