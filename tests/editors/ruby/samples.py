"""One sample or more of every Ruby editor: a file before and after, and what must not change that.

`«` and `»` mark what comes: the text without the marked parts is before, without the marks it is after. For a
`CallOption` that takes something out it is the other way round.
"""

import re
from dataclasses import dataclass
from textwrap import dedent

from geo_scaffold.editors import Editor
from geo_scaffold.editors.ruby import (
    ArrayElement,
    CallOption,
    CallStatement,
    FileStatements,
    HashEntry,
    ItStatements,
    LineAfterCalls,
    LineBeforeEnd,
    MethodDef,
    NestedCalls,
    TableRow,
    WhenBranch,
    WordListElement,
)


@dataclass(frozen=True)
class Sample:
    """A file with marks, see above.

    Args:
        name: Of the sample.
        editor: The editor.
        marked: The file.
        other: The file with the entry in another spelling.
        at_top: Whether the place is the file itself: then an empty or doubled file is not an error.
        takes: Whether the editor takes the marked part out.
    """

    name: str
    editor: Editor
    marked: str
    other: str = ""
    at_top: bool = False
    takes: bool = False

    @property
    def before(self) -> str:
        return self._with if self.takes else self._without

    @property
    def after(self) -> str:
        return self._without if self.takes else self._with

    @property
    def parts(self) -> list[str]:
        return re.findall(r"«(.*?)»", self.marked, re.DOTALL)

    @property
    def _with(self) -> str:
        return self.marked.replace("«", "").replace("»", "")

    @property
    def _without(self) -> str:
        return re.sub(r"«.*?»", "", self.marked, flags=re.DOTALL)


def sample(
    name: str, editor: Editor, marked: str, other: str = "", *, at_top: bool = False, takes: bool = False
) -> Sample:
    return Sample(name, editor, dedent(marked).lstrip("\n"), dedent(other).lstrip("\n"), at_top, takes)


BASKET = """# frozen_string_literal: true

Market.change do
  basket :fruit, size: 2 do
    price { 3 }

    apple :red
    apple :green do
      sour { true }
    end
  end
end
"""

MIXIN = """
module EE
  module Fruit
    extend ActiveSupport::Concern

    prepended do
      include ::Geo::Sweet

      with_picker Geo::FruitPicker

      has_one :stone,
        class_name: 'Geo::Stone'

      scope :sour, ->(limit) {
        where(sour: limit)
      }
    end

    class_methods do
      # which ones
      override :pick
      def pick(**params)
        # the sweet ones
        all
      end

      private

      def secret
        1
      end
    end

    def stone
      super || build_stone
    end
  end
end
"""
SAMPLES = [
    sample(
        "array, appended",
        ArrayElement(element="::Geo::NewThing", array="THINGS"),
        """
        module Outer
          # THINGS = [] is filled by hand
          THINGS = [
            ::Geo::Apple, # the first
            ::Geo::Pear # not the last
            # more to come
          ].freeze

          LIMIT = 10
        end
        """.replace("Pear #", "Pear«,» #").replace("last\n", "last\n«            ::Geo::NewThing\n»"),
        """
        module Outer
          THINGS = [Geo::Apple, Geo::NewThing]
        end
        """,
    ),
    sample(
        "array of a variable, by the alphabet",
        ArrayElement(element="Geo::Lemon", array="models", inside=("Batcher",), ordered=True),
        """
        RSpec.describe Batcher, :fast do
          models = [
            ::Geo::Apple,
        «    Geo::Lemon,
        »    Geo::Pear,
          ]

          models.each { |model| puts model }
        end
        """,
        "RSpec.describe Batcher do\n  models = [::Geo::Lemon]\nend\n",
    ),
    sample(
        "array on one line",
        ArrayElement(element="Three", array="NUMBERS", inside=("Math",)),
        """
        class Math
          NUMBERS = [One, Two«, Three»].freeze
          class Nested
            NUMBERS = [Eleven].freeze
          end
        end
        """,
        "class Math\n  NUMBERS = [::Three]\nend\n",
    ),
    sample(
        "empty array",
        ArrayElement(element=":one", array="NUMBERS"),
        "NUMBERS = [«:one»].freeze\n",
        "NUMBERS = [:one]\n",
    ),
    sample(
        "words given to a method, by the alphabet",
        WordListElement(word="lemon_registry", words="uncountable", inside=("inflections",)),
        """
        # inflect.uncountable %w[ fish sheep ]
        Inflector.inflections do |inflect|
          inflect.uncountable %w[
            apple_registry
        «    lemon_registry
        »    pear_registry
            Pear::Meta
          ]
          inflect.acronym 'EE'
        end
        """.replace("    Pear::Meta\n", ""),
        "Inflector.inflections do |inflect|\n  inflect.uncountable %w[x lemon_registry a]\nend\n",
    ),
    sample(
        "symbols of a variable, out of order",
        WordListElement(word="lemons", words="expected_fields", inside=("has the fields",), symbols=True),
        """
        RSpec.describe Types['Node'] do
          it 'has the fields' do
            expected_fields = %i[
              id
              apples
        «      lemons
        »    ]

            expect(described_class).to have_fields(*expected_fields)
          end

          it 'has other fields' do
            expected_fields = %i[id]
          end
        end
        """,
        "it 'has the fields' do\n  expected_fields = %i(lemons id)\nend\n",
    ),
    sample(
        "words as the value of a block",
        WordListElement(word="LEMON", words="", inside=("classes",)),
        """
        RSpec.describe Types do
          let(:classes) do
            %w[
              PEAR
              APPLE
        «      LEMON
        »    ]
          end

          let(:others) { %w[PEAR] }
        end
        """,
        "let(:classes) { %w[LEMON] }\n",
    ),
    sample(
        "words on one line",
        WordListElement(word="b", words="LETTERS"),
        "LETTERS = %w[a« b» c].freeze\n",
        "LETTERS = %w(c b a)\n",
    ),
    sample(
        "hash of a constant",
        HashEntry(key="::Geo::Lemon", value="Types::Geo::LemonType", hash="TYPES"),
        """
        module Types
          class Union < Base
            # registry => type
            TYPES = {
              ::Geo::Apple => Types::Geo::AppleType,
              ::Geo::Pear => Types::Geo::PearType«,
              ::Geo::Lemon => Types::Geo::LemonType»
            }.freeze

            possible_types(*TYPES.values)
          end
        end
        """,
        "TYPES = { Geo::Lemon => ::Types::Geo::LemonType }\n",
    ),
    sample(
        "hash of a variable in a method",
        HashEntry(key="'Lemon'", value=":lemon", hash="custom_mapping", inside=("Helpers", "factory_name")),
        """
        module Helpers
          def factory_name(klass)
            custom_mapping = {
              'Apple' => :apple, # short
              'Pear' => :pear«,» # long
        «      'Lemon' => :lemon
        »    }

            custom_mapping.fetch(klass.name, :none)
          end

          def other_name(klass)
            custom_mapping = {}
          end
        end
        """,
        'module Helpers\n  def factory_name(klass)\n    custom_mapping = { "Lemon" => :lemon }\n  end\nend\n',
    ),
    sample(
        "hash that a method is called on, by the alphabet",
        HashEntry(key="lemon:", value="2", hash="", inside=("known?",), ordered=True),
        """
        def known?(fruit)
          {
            apple: 1,
        «    lemon: 2,
        »    pear: 3
          }.key?(fruit)
        end
        """,
        "def known?(fruit)\n  { :lemon => 2 }\nend\n",
    ),
    sample(
        "call, by the alphabet",
        CallStatement(
            text="field :lemons, ::Types::Lemon.connection,\n"
            "      null: true,\n      description: 'Find ' \\\n        'lemons'",
            inside=("NodeType",),
        ),
        """
        module Types
          class NodeType < Base
            graphql_name 'Node'

            field :apples, ::Types::Apple.connection,
              null: true,
              description: 'Find apples'
            field :enabled, Boolean, null: true
        «    field :lemons, ::Types::Lemon.connection,
              null: true,
              description: 'Find ' \\
                'lemons'
        »    # Not all of them
            field :pears, ::Types::Pear.connection,
              null: true
          end
        end
        """,
        "class NodeType\n  field :lemons, ::Types::Lemon.connection, null: false\nend\n",
    ),
    sample(
        "call with a key, set apart",
        CallStatement(
            text="it_behaves_like 'gets', {\n  field_name: 'lemons',\n  factory: :lemon\n}",
            inside=("Gets registries",),
            key="'lemons'",
        ),
        """
        RSpec.describe 'Gets registries', feature: :x do
          it_behaves_like 'gets', {
            field_name: 'pears',
            factory: :pear
          }

          it_behaves_like 'gets', {
            field_name: 'apples',
            factory: :apple
          }«

          it_behaves_like 'gets', {
            field_name: 'lemons',
            factory: :lemon
          }»
        end
        """.replace("}»\n", "}\n»").replace("}«\n\n", "}\n«\n"),
        "RSpec.describe 'Gets registries' do\n  it_behaves_like('gets', field_name: \"lemons\")\nend\n",
    ),
    sample(
        "include, out of order",
        CallStatement(text="include ObjectStorable", inside=("Widget",)),
        """
        class Widget < ApplicationRecord
          include Zebra
          include Apple
        «  include ObjectStorable
        »
          belongs_to :project
        end
        """,
        "class Widget\n  include Apple, ::ObjectStorable\nend\n",
    ),
    sample(
        "include where none is",
        CallStatement(text="include ObjectStorable", inside=("Widget",), may_be_first=True),
        """
        class Widget < ApplicationRecord # a thing
        «  include ObjectStorable

        »  belongs_to :project
        end
        """,
        "class Widget\n  include(ObjectStorable)\nend\n",
    ),
    sample(
        "call with a block",
        CallStatement(text="trait(:failed) do\n  failure { 'no' }\nend", inside=("define", "factory"), ordered=False),
        """
        FactoryBot.define do
          factory :widget do
            trait(:synced) do
              state { 2 }
            end
        «
            trait(:failed) do
              failure { 'no' }
            end
        »  end
        end
        """,
        "FactoryBot.define do\n  factory :widget do\n    trait :failed do\n    end\n  end\nend\n",
    ),
    sample(
        "three statements of an example",
        ItStatements(
            setup="lemon = create(:lemon)",
            before="expect(Geo::Lemon.where(id: lemon.id).count).to eq(0)",
            after="expect(Geo::Lemon.where(id: lemon.id).count).to eq(1)",
            key="Geo::Lemon",
            inside=("#perform", "creates all"),
            step="subject.perform",
        ),
        """
        RSpec.describe Worker do
          describe '#perform' do
            it 'creates all' do
              project = create(:project)
              create(:design, project: project)
              pear = create(:pear, project: project)
        «      lemon = create(:lemon)
        »
              expect(Geo::Project.where(id: project.id).count).to eq(0)
              expect(Geo::Pear.where(pear: pear.id).count).to eq(0)
        «      expect(Geo::Lemon.where(id: lemon.id).count).to eq(0)
        »
              subject.perform

              expect(Geo::Pear.where(pear: pear.id).count).to eq(1)
        «      expect(Geo::Lemon.where(id: lemon.id).count).to eq(1)
        »    end

            it 'does nothing' do
              subject.perform
            end
          end
        end
        """,
        """
        describe '#perform' do
          it 'creates all' do
            lemon = create(:lemon, :big)
            expect(::Geo::Lemon.where(lemon: lemon).count).to eq(0)
            subject.perform
            expect(Geo::Lemon.count).to eq(1)
          end
        end
        """,
    ),
    sample(
        "table row that fits",
        TableRow(cells=("Geo::Fig", "Types::FigType", ":fig"), inside=("with registries",)),
        """
        RSpec.shared_context 'with registries' do
          where(:registry, :type, :factory) do
            # rubocop:disable Layout/LineLength
            Geo::Apple | Types::AppleType | :apple
            Geo::Pear  | Types::PearType  | :pear
        «    Geo::Fig   | Types::FigType   | :fig
        »    # rubocop:enable Layout/LineLength
          end
        end
        """,
        "shared_context 'with registries' do\n  where(:a) do\n    ::Geo::Fig | ::Types::FigType | :fig\n  end\nend\n",
    ),
    sample(
        "table row that does not",
        TableRow(cells=("Geo::Blueberry", "Types::BlueberryType", ":blueberry")),
        """
        RSpec.shared_context 'with registries' do
          where(:registry, :type, :factory) do
            Geo::Apple«    » | Types::AppleType«    » | :apple
            Geo::Pear «    » | Types::PearType «    » | :pear
        «    Geo::Blueberry | Types::BlueberryType | :blueberry
        »  end
        end
        """,
    ),
    sample(
        "end of the file",
        LineBeforeEnd(text="Widget.prepend_mod", same=("Widget.prepend_mod_with('Widget')",)),
        """
        class Widget
          def self.call = 1
        end
        «
        Widget.prepend_mod
        »""",
        'class Widget\nend\n\nWidget.prepend_mod_with("Widget")\n',
        at_top=True,
    ),
    sample(
        "end of a class",
        LineBeforeEnd(text="LAST = true", inside=("Outer", "Widget")),
        """
        module Outer
          class Widget
            def call
              1
            end
        «
            LAST = true
        »  end
        end
        """,
        "module Outer\n  class Widget\n    LAST = true\n    X = 1\n  end\nend\n",
    ),
    sample(
        "constant below the includes",
        LineAfterCalls(text="STORE_COLUMN = :file_store", inside=("Widget",), method="include"),
        """
        class Widget < ApplicationRecord
          include Apple
          include Pear
        «
          STORE_COLUMN = :file_store
        »
          belongs_to :project
        end
        """,
        "class Widget\n  STORE_COLUMN = :file_store\nend\n",
    ),
    sample(
        "option that goes, last",
        CallOption(
            call="field :lemons",
            name="experiment",
            text="experiment: { milestone: '18.6' }",
            inside=("NodeType",),
        ),
        """
        class NodeType < Base
          field :apples, Apple, null: true, experiment: { milestone: '18.6' }
          field :lemons, Lemon,
            null: true,
            description: 'Find ' \\
              'lemons'«,
            experiment: { milestone: '18.6' }»
          field :pears, Pear, experiment: { milestone: '1.2' }
        end
        """,
        takes=True,
    ),
    sample(
        "option that goes, not last, on one line",
        CallOption(
            call="field :lemons",
            name="experiment",
            text="experiment: { milestone: '18.6' }",
            inside=("NodeType",),
            before="null",
        ),
        """
        class NodeType < Base
          field :lemons, Lemon«, experiment: { milestone: '18.6' }», null: true
        end
        """,
        takes=True,
    ),
    sample(
        "option that goes, alone",
        CallOption(
            call="field :lemons",
            name="experiment",
            text="experiment: { milestone: '18.6' }",
            inside=("NodeType",),
            own_line=True,
        ),
        """
        class NodeType < Base
          field :lemons, Lemon«,
            experiment: { milestone: '18.6' }»
        end
        """,
        takes=True,
    ),
    sample(
        "option that comes",
        CallOption(call="field :lemons", name="null", text="null: true", inside=("NodeType",), present=True),
        """
        class NodeType < Base
          field :lemons, Lemon,
            description: 'x'«,» # short
        «    null: true
        »  end
        """.replace("  end\n", "end\n"),
        "class NodeType\n  field :lemons, null: false\nend\n",
    ),
    sample(
        "method, last",
        MethodDef(text="def stub_lemon(**params)\n  stub(\n    config: x,\n    **params\n  )\nend", inside=("Stubs",)),
        """
        module Stubs
          def stub_apple(**params)
            stub(**params)
          end
        «
          def stub_lemon(**params)
            stub(
              config: x,
              **params
            )
          end
        »end
        """,
        "module Stubs\n  def stub_lemon = 1\nend\n",
    ),
    sample(
        "method below another one",
        MethodDef(text="def stub_lemon\n  2\nend", inside=("Stubs",), after="stub_apple"),
        """
        module Stubs
          def stub_apple
            1
          end
        «
          def stub_lemon
            2
          end
        »
          def stub_pear
            3
          end

          private

          def secret = 4
        end
        """,
        "module Stubs\n  def stub_lemon = 1\nend\n",
    ),
    sample(
        "calls in a block that is there",
        NestedCalls(
            BASKET,
            method="apple",
            theirs=frozenset({"`Market.change do`", "`basket :fruit, size: 2 do`", "`apple :red`"}),
        ),
        """
        Market.open do
          basket :fruit do
            apple :red
        «    apple :green do
              sour { true }
            end
        »  end
        end
        """,
        "Market.change { basket(:fruit) { apple(:green) {}; apple :red, 2 } }\n",
        at_top=True,
    ),
    sample(
        "calls in a block that another one gets",
        NestedCalls(BASKET, method="apple", theirs=frozenset({"`Market.change do`"})),
        """
        Market.open do
          basket :bread
        end

        Market.change do
          basket :fish do
            apple :red
          end
        «
          basket :fruit, size: 2 do
            price { 3 }

            apple :red
            apple :green do
              sour { true }
            end
          end
        »end
        """,
        at_top=True,
    ),
    sample(
        "statements of a file",
        FileStatements(MIXIN, alone=("with_picker",), theirs=frozenset({"Fruit > extend ActiveSupport::Concern"})),
        """
        module EE
          module Fruit
            extend ActiveSupport::Concern

            prepended do
              include Sortable # by size
        «      include ::Geo::Sweet
        »
        «      with_picker Geo::FruitPicker

              has_one :stone,
                class_name: 'Geo::Stone'

        »      scope :ripe, -> { where(ripe: true) }
        «      scope :sour, ->(limit) {
                where(sour: limit)
              }
        »    end
        «
            class_methods do
              override :pick
              def pick(**params)
                # the sweet ones
                all
              end

              private

              def secret
                1
              end
            end
        »
            def ripe?
              ripe
            end
        «
            def stone
              super || build_stone
            end
        »
            private

            def hidden = 1
          end
        end
        """,
        """
        module EE::Fruit
          extend ::ActiveSupport::Concern

          prepended do
            include Geo::Sweet
            with_picker(::Geo::FruitPicker)
            has_one :stone
            scope(:sour, -> { all })
          end

          class_methods do
            override(:pick)
            def pick = 1

            private

            def secret = 2
          end

          def stone = 2
        end
        """,
    ),
    sample(
        "branch of a case",
        WhenBranch(text="when Lemon\n  container.update", inside=("log_event",), value="container"),
        """
        module Repository
          def log_event
            return unless primary?

            case container
            when Apple, Pear
              project.update
            when Snippet # both kinds
              snippet.update
        «    when Lemon
              container.update
        »    else
              raise "no #{container}"
            end
          end
        end
        """,
        "def log_event\n  case container\n  when ::Lemon, Fig\n    1\n  end\nend\n",
    ),
]
