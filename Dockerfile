# The Weir worker. Its command lines are carried out by test/edge/image.test.ts: keep each RUN to plain commands.
# Debian: Temporal's native module needs glibc, which Alpine does not have.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /weir
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/ scripts/
COPY src/ src/
RUN npm run build

FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /weir
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund
# Temporal's native module is there for five platforms; this is one of the two for Linux.
RUN rm -r node_modules/@temporalio/core-bridge/releases/*-apple-darwin node_modules/@temporalio/core-bridge/releases/*-windows-msvc

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production
ENV WEIR_CONFIG=/etc/weir/weir.yaml
WORKDIR /weir
COPY package.json LICENSE ./
COPY --from=dependencies /weir/node_modules/ node_modules/
COPY --from=build /weir/dist/ dist/
USER node
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "dist/probe.js"]
# Node itself is process 1, so that SIGTERM reaches the worker.
CMD ["node", "--max-old-space-size=768", "dist/worker.js"]
