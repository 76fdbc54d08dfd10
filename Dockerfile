# The image of every tidemark process: a worker unless it is given another command.

FROM node:20.20.2-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Native parts come prebuilt inside their packages; no install script is needed.
RUN npm ci --omit=dev --ignore-scripts

FROM node:20.20.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY workflows workflows
COPY activities activities
RUN npm run build

FROM node:20.20.2-bookworm-slim
# The slim image has no root certificates, which Temporal's native client needs for TLS.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/lib lib
COPY package.json ./
COPY bin bin
COPY deploy/local-aws.mjs deploy/
# A volume that is mounted here takes over this owner.
RUN mkdir /var/lib/tidemark && chown node:node /var/lib/tidemark
ENV NODE_ENV=production
USER node
ENTRYPOINT ["node", "bin/tidemark.js"]
CMD ["worker"]
