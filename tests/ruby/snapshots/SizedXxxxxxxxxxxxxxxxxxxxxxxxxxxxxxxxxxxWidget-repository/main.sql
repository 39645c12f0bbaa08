CREATE TABLE sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_states (
    verification_started_at timestamp with time zone,
    verification_retry_at timestamp with time zone,
    verified_at timestamp with time zone,
    sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_id bigint NOT NULL,
    verification_state smallint DEFAULT 0 NOT NULL,
    verification_retry_count smallint DEFAULT 0 NOT NULL,
    verification_checksum bytea,
    verification_failure text,
    CONSTRAINT check_4b9559089a CHECK ((char_length(verification_failure) <= 255))
);

ALTER TABLE ONLY sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_states
    ADD CONSTRAINT sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_states_pkey PRIMARY KEY (sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_id);

CREATE INDEX index_sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widg_43f5fffa45 ON sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_states USING btree (verification_retry_at NULLS FIRST) WHERE (verification_state = 3);

CREATE INDEX index_sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widg_7e469ba181 ON sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_states USING btree (verified_at NULLS FIRST) WHERE (verification_state = 0);

CREATE INDEX index_sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widg_897ba5d44a ON sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_states USING btree (verification_state);

CREATE INDEX index_sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widg_cb328045cb ON sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_states USING btree (verification_state) WHERE ((verification_state = 0) OR (verification_state = 3));

ALTER TABLE ONLY sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_states
    ADD CONSTRAINT fk_rails_25dfb28073 FOREIGN KEY (sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_id) REFERENCES sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widgets(id) ON DELETE CASCADE;
