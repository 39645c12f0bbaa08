"""A small checkout of edition 16: every file that has entries, in the shape of the real one, with invented types."""

from collections.abc import Mapping

JSON_COUNT = '{\n      "type": [\n        "integer",\n        "null"\n      ]\n    }'

EXAMPLE = """  {
    "geo_node_id": 1,
    "db_replication_lag_seconds": 0,
    "package_files_count": 10,
    "package_files_synced_count": 5,
    "repositories_count": 41,
    "repositories_count": 41
  }"""

CHECKOUT_16: Mapping[str, str] = {
    "VERSION": "16.3.0-pre\n",
    "app/models/cool_widget.rb": """# frozen_string_literal: true

class CoolWidget < ApplicationRecord
  include Sortable

  belongs_to :project
end
""",
    "config/initializers_before_autoloader/000_inflections.rb": """# frozen_string_literal: true

ActiveSupport::Inflector.inflections do |inflect|
  inflect.uncountable %w[
    boiler_registry
    package_file_registry
  ]
end
""",
    "db/structure.sql": """CREATE TABLE boilers (
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
""",
    "ee/db/geo/structure.sql": """CREATE TABLE boiler_registry (
    id bigint NOT NULL
);

CREATE SEQUENCE boiler_registry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE boiler_registry_id_seq OWNED BY boiler_registry.id;

CREATE TABLE package_file_registry (
    id bigint NOT NULL
);

ALTER TABLE ONLY boiler_registry ALTER COLUMN id SET DEFAULT nextval('boiler_registry_id_seq'::regclass);

ALTER TABLE ONLY boiler_registry
    ADD CONSTRAINT boiler_registry_pkey PRIMARY KEY (id);

ALTER TABLE ONLY package_file_registry
    ADD CONSTRAINT package_file_registry_pkey PRIMARY KEY (id);

CREATE INDEX index_boiler_registry_on_state ON boiler_registry USING btree (id);

CREATE INDEX index_package_file_registry_on_state ON package_file_registry USING btree (id);
""",
    "doc/api/geo_nodes.md": f"""# Geo nodes API

## Retrieve the status of all Geo nodes

```json
[
{EXAMPLE},
{EXAMPLE}
]
```

## Retrieve the status of one

```json
{EXAMPLE.replace(chr(10) + "  ", chr(10))[2:]}
```
""",
    "doc/administration/monitoring/prometheus/gitlab_metrics.md": """# Metrics

## Sidekiq metrics

| Metric                    | Type  | Since | Description                  | Labels |
|:--------------------------|:------|:------|:-----------------------------|:-------|
| `geo_boilers`             | Gauge | 15.0  | Number of boilers on primary | `url`  |
| `geo_package_files`       | Gauge | 15.1  | Number of package files      | `url`  |
| `geo_repositories`        | Gauge | 15.1  | Number of repositories       | `url`  |
""",
    "doc/administration/geo/replication/datatypes.md": """# Geo data types

## Data types

| Type     | Feature / component | Replication method | Verification method |
|:---------|:--------------------|:-------------------|:--------------------|
| Database | Data in PostgreSQL  | Native             | Native              |
| Git      | Boilers             | Geo with Gitaly    | Gitaly Checksum     |
| Blob     | Package files       | Geo with API       | SHA256 checksum     |

## Limitations on replication/verification

| Feature | Replicated | Verified | Remote | Remote verified | Notes |
|:--------|:-----------|:---------|:-------|:----------------|:------|
| Boilers | **Yes**    | **Yes**  | No     | No              |       |
""",
    "ee/app/graphql/types/geo/geo_node_type.rb": """# frozen_string_literal: true

module Types
  module Geo
    class GeoNodeType < BaseObject
      graphql_name 'GeoNode'

      field :boiler_registries, ::Types::Geo::BoilerRegistryType.connection_type,
        null: true,
        resolver: ::Resolvers::Geo::BoilerRegistriesResolver,
        description: 'Find boiler registries on this Geo node.'
      field :enabled, GraphQL::Types::Boolean, null: true, description: 'Whether it is enabled.'
      field :id, GraphQL::Types::ID, null: false, description: 'ID of it.'
    end
  end
end
""",
    "ee/app/workers/geo/secondary/registry_consistency_worker.rb": """# frozen_string_literal: true

module Geo
  module Secondary
    class RegistryConsistencyWorker
      # REGISTRY_CLASSES = [ of old
      REGISTRY_CLASSES = [
        Geo::PackageFileRegistry,
        Geo::BoilerRegistry
      ].freeze
    end
  end
end
""",
    "ee/config/metrics/object_schemas/geo_node_usage.json": """{
  "type": "array",
  "items": {
    "type": "object",
    "properties": {
      "boilers_count": {
        "description": "Boilers count",
        "type": "number"
      },
      "package_files_count": {
        "description": "Package files count",
        "type": "number"
      }
    }
  }
}
""",
    "ee/lib/gitlab/geo.rb": """# frozen_string_literal: true

module Gitlab
  module Geo
    REPLICATOR_CLASSES = [
      ::Geo::PackageFileReplicator,
      ::Geo::BoilerReplicator
    ].freeze
  end
end
""",
    "ee/spec/fixtures/api/schemas/public_api/v4/geo_node_status.json": f"""{{
  "type": "object",
  "required": [
    "geo_node_id",
    "package_files_count",
    "repositories_count"
  ],
  "properties": {{
    "geo_node_id": {{ "type": "integer" }},
    "package_files_count": {JSON_COUNT},
    "repositories_count": {JSON_COUNT}
  }},
  "additionalProperties": false
}}
""",
    "ee/spec/graphql/types/geo/geo_node_type_spec.rb": """# frozen_string_literal: true

require 'spec_helper'

RSpec.describe GitlabSchema.types['GeoNode'] do
  it 'has the expected fields' do
    expected_fields = %i[
      id enabled
      boiler_registries
      package_file_registries
    ]

    expect(described_class).to have_graphql_fields(*expected_fields)
  end
end
""",
    "ee/spec/requests/api/graphql/geo/registries_spec.rb": """# frozen_string_literal: true

require 'spec_helper'

RSpec.describe 'Gets registries' do
  it_behaves_like 'gets registries for', {
    field_name: 'boilerRegistries',
    registry_class_name: 'BoilerRegistry',
    registry_factory: :geo_boiler_registry,
    registry_foreign_key_field_name: 'boilerId'
  }
end
""",
    "ee/spec/support/helpers/ee/geo_helpers.rb": """# frozen_string_literal: true

module EE
  module GeoHelpers
    def factory_name(klass)
      custom_mapping = {
        'Boiler' => :hot_boiler
      }

      custom_mapping[klass.name]
    end
  end
end
""",
    "ee/spec/workers/geo/secondary/registry_consistency_worker_spec.rb": """# frozen_string_literal: true

require 'spec_helper'

RSpec.describe Geo::Secondary::RegistryConsistencyWorker do
  describe '#perform' do
    it 'creates missing registries for each registry class' do
      boiler = create(:boiler)

      expect(Geo::BoilerRegistry.where(boiler_id: boiler.id).count).to eq(0)

      subject.perform

      expect(Geo::BoilerRegistry.where(boiler_id: boiler.id).count).to eq(1)
    end
  end
end
""",
    "spec/models/factories_spec.rb": """# frozen_string_literal: true

require 'spec_helper'

RSpec.describe 'factories' do
  skipped = [
    [:geo_boiler_state, any],
    [:user, :locked]
  ].freeze
end
""",
}
