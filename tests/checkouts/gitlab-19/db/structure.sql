CREATE TABLE boilers (
    id bigint NOT NULL
);

CREATE TABLE projects (
    id bigint NOT NULL
);

ALTER TABLE ONLY boilers
    ADD CONSTRAINT boilers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY projects
    ADD CONSTRAINT projects_pkey PRIMARY KEY (id);

CREATE INDEX index_boilers_on_id ON boilers USING btree (id);

CREATE INDEX index_projects_on_id ON projects USING btree (id);

ALTER TABLE ONLY boilers
    ADD CONSTRAINT fk_rails_0000000000 FOREIGN KEY (id) REFERENCES projects(id) ON DELETE CASCADE;

ALTER TABLE ONLY projects
    ADD CONSTRAINT fk_rails_1111111111 FOREIGN KEY (id) REFERENCES boilers(id) ON DELETE CASCADE;
