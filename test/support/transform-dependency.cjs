// Dependencies become CommonJS as sources do. What is CommonJS already stays as it is, which is most of them.
const { createTransformer } = require('@swc/jest');

module.exports = {
  createTransformer(options) {
    const swc = createTransformer(options);
    return {
      ...swc,
      process: (source, ...rest) =>
        /\b(?:import|export)\b/.test(source) ? swc.process(source, ...rest) : { code: source },
    };
  },
};
