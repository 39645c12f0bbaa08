# frozen_string_literal: true

module Gitlab
  module Utils
    # `override :name` before a method says that a method of that name is being overridden. `verify!`, called when all is
    # loaded, raises for each that overrides nothing, and for each that no method of that name follows.
    module Override
      class << self
        def declared
          @declared ||= []
        end

        def users
          @users ||= Hash.new { |hash, mod| hash[mod] = [] }
        end

        def verify!
          declared.each { |mod, name| verify(mod, name) }
        end

        private

        def verify(mod, name)
          own = [mod, mod.singleton_class].find { |owner| owner.method_defined?(name, false) }
          raise NotImplementedError, "#{mod}: no method follows `override :#{name}`" unless own

          classes = own.is_a?(Class) ? [own] : users[mod]
          raise NotImplementedError, "#{mod}: nothing uses it" if classes.empty?

          classes.each do |klass|
            above = klass.ancestors.drop(klass.ancestors.index(own) + 1)
            next if above.any? { |ancestor| ancestor.method_defined?(name, false) }

            raise NotImplementedError, "#{klass}##{name} overrides nothing"
          end
        end
      end

      def override(name)
        Override.declared << [self, name]
      end

      def included(base = nil, &block)
        super
        Override.users[self] << base if base
      end

      def prepended(base = nil, &block)
        super
        Override.users[self] << base if base
      end

      def extended(base)
        super
        Override.users[self] << base.singleton_class
      end
    end
  end
end
