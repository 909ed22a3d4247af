/**
 * Every bound of the core in one place, each with its reason. Whoever meets a bound says so in what people read
 * ("12 more", "longer than …"); nothing is cut silently.
 */
export const LIMITS = {
  yaml: {
    /** Longest file that is read as YAML: the parser takes about 0.5 s for it, and no real resource file comes near (SEC-79). */
    fileCharacters: 1_048_576,
    /** Lines of one file: empty lines and comments cost the parser more than text does. */
    lines: 100_000,
    /** Keys of one map. Real configurations have dozens; the bound keeps every later pass over a map cheap (SEC-79). */
    keysPerMap: 5000,
    /** Items of one sequence: the longest real lists (metrics to drop) have hundreds. */
    itemsPerSequence: 20_000,
    /** Nesting. Kubernetes manifests reach about 20; recursion in later passes is safe at this depth (SEC-79). */
    depth: 64,
    /** Aliases of one document (SEC-79). */
    aliases: 50,
    /** Anchors and tags of one document: real files have a handful. */
    properties: 1000,
    /** Nodes of one document after aliases and merge keys are expanded: an alias bomb is counted, never built. Real ones have some thousands. */
    nodes: 100_000,
    /** Brackets, commas, colons and dashes of one document: about one goes with each node, so more are nonsense that would only cost time. */
    indicators: 200_000,
    /** Documents of one file: `kubectl get -o yaml` exports of whole clusters stay below. */
    documents: 1000,
    /** Findings of one file that are told one by one; the rest is counted. */
    findings: 50,
    /** Findings of one rule told one by one. */
    findingsOfRule: 10,
  },
  report: {
    /** Bytes of a comment: GitHub stores 262,144, its error text speaks of 65,536, nobody reads more (reference/pr-automation.md §4a). */
    commentBytes: 60_000,
    /** Bytes of a job summary: 1 MiB a step, of which other steps' summaries take nothing (reference/pr-automation.md §4a). */
    summaryBytes: 1_000_000,
    /** Characters of `output.summary` and of `output.text` of a check run, enforced by GitHub (reference/pr-automation.md §4a). */
    checkCharacters: 65_535,
    /** Annotations of one request to GitHub's checks (reference/pr-automation.md §4a). */
    annotationsPerRequest: 50,
    /** Annotations of one check run: four requests; what is worse comes first. */
    annotations: 200,
    /** Workflow commands of one step that the runner shows, for each of error, warning and notice (reference/pr-automation.md §4a). */
    commandsPerLevel: 10,
    /** Characters of an outside text within a line: names have dozens, messages hundreds. */
    lineCharacters: 600,
    /** Characters of an outside text within a fence: what one agent says (SEC-24). */
    blockCharacters: 2000,
    /** Characters of one line of a diff; longer ones are certificates and embedded scripts. */
    diffLineCharacters: 240,
    /** Lines of one configuration's diff at full detail. */
    diffLines: 400,
    /** Different diffs shown at full detail: more is not read, and the table still names each configuration. */
    diffs: 40,
    /** Fixes offered as suggestions on one pull request: each is a conversation of its own that somebody has to look at. */
    suggestions: 10,
    /** Lines that one suggestion replaces or writes; longer ones are not read before they are committed. */
    suggestionLines: 40,
    /** Rows of a table at full detail. */
    rows: 100,
    /** Rows that say the same of different resources: with more, what causes the change would be lost among them. */
    alikeRows: 5,
    /** Findings told one by one at full detail. */
    findings: 50,
    /** Findings of one rule told one by one. */
    findingsOfRule: 10,
    /** Steps of the apply order told one by one at full detail. */
    steps: 60,
    /** Reasons of a risk told one by one: with more, nobody reads the last one. */
    reasons: 6,
    /** Boxes of a picture: with more, lines cross so that nobody follows them (and mermaid stops at 500 lines). */
    pictureNodes: 40,
    /** Groups of agents that say the same (SEC-24). */
    errorGroups: 20,
    /** Names of agents in one sentence. */
    names: 5,
    /** Entries of a timeline at full detail. */
    timeline: 40,
    /** Changed lines up to which a diff is shown open. */
    openDiffLines: 12,
  },
  shell: {
    /** Longest script whose commands are read: real ones have some thousands of characters. */
    characters: 262_144,
  },
  schema: {
    /** Findings from one document's schema: the first ones are what a person mends. */
    findings: 50,
    /** Findings of one rule told one by one. */
    findingsOfRule: 10,
    /** Words longer than this get no "did you mean": distance is quadratic in length. */
    suggestionCharacters: 100,
    /** Candidates looked at for one suggestion. */
    suggestionCandidates: 2000,
  },
  template: {
    /** Longest template of a resource type. The longest of BindPlane's own has 15,000 characters. */
    sourceCharacters: 262_144,
    /** Steps (loop bodies, texts, outputs) of one template run; real ones take hundreds (SEC-82). */
    steps: 100_000,
    /** Text that one template may make: four times the largest file that is read (SEC-82). */
    outputCharacters: 4_194_304,
    /** Rendered texts kept parsed per type: the renders that find provenance repeat most of them. */
    rememberedTexts: 64,
  },
  diff: {
    /** Insertions and deletions after which two configs are called rewritten: jsdiff is quadratic in it (2000: 0.25 s for 100,000 lines). */
    editLength: 2000,
    /** Second bound for the same, in case of a slow machine. */
    timeoutMs: 2000,
  },
  opamp: {
    /** Attributes of one agent, and labels (SEC-68): real ones have about twenty. */
    attributes: 256,
    /** Characters of one attribute or status word. */
    attributeCharacters: 4096,
    /** Characters kept of what an agent says: a crash log tail of 16 KiB is the most anybody configures (SEC-68). */
    errorMessageCharacters: 16_384,
    /** Health trees of real collectors have hundreds of nodes, four levels deep (SEC-68). */
    healthNodes: 5000,
    healthDepth: 16,
    /** Config and component hashes are opaque; SHA-512 is the longest anybody uses. */
    hashBytes: 64,
    /** Kept of an effective config (reference/reliability-security.md §3.3). */
    effectiveConfigBytes: 524_288,
    /** otelcol-contrib has about 120 receivers. */
    componentsPerClass: 1000,
    /** Entries of a config map: an operator's bridge has one for each collector resource (SEC-68). */
    configObjects: 64,
    /** The BindPlane agent has one package, its own. */
    packages: 64,
    /** The BindPlane agent has two. */
    customCapabilities: 64,
    /** A PKCS#10 request as PEM has about 1.5 KB with an RSA key of 4096 bits. */
    certificateRequestBytes: 16_384,
    /** Never offered beyond this (SEC-65). */
    offerBytes: 8_388_608,
  },
  rollout: {
    /** Kept of one rollout's timeline; the oldest go first. A fleet of 10,000 in phases of 100 makes about 300. */
    timelineEntries: 500,
    /** Different error texts shown; the rest is counted. */
    errorGroups: 20,
    /** Agents named under one error text; the rest is counted. */
    agentsPerGroup: 50,
    /** Ends of a collector kept of each agent: a crash loop is three within five minutes. */
    fallsPerAgent: 5,
    /** Checks outside whose word about a phase is kept; people name a handful. */
    outsideChecks: 20,
    /** Characters of such a check's name and of what it goes by, and of why rollouts are held: each is told in a sentence. */
    checkNameCharacters: 100,
    evidenceCharacters: 500,
    holdReasonCharacters: 300,
    /** Agents of a phase that gates look at, and agents that they are compared with: more of them say no more, and cost each second. */
    judgedAgents: 500,
    controls: 100,
    /** Phases of a rollout that are foreseen one by one: policies of whole fleets have dozens. What is left is one more. */
    foreseenPhases: 200,
  },
  ownMetrics: {
    /** Resources in one message: a collector's own reader sends one; more come only where somebody gathers for several. */
    resources: 64,
    /** Components and fields that one message tells of; a collector with 50 components and three signals has about 600. */
    readings: 2000,
    /** Characters of a component's id. */
    idCharacters: 256,
    /** Components with one signal that are kept of one agent; gateways with three signals and six exporters have 36 (INV-19). */
    components: 40,
    /** Numbers that change from window to window: with all of them four minutes of windows fit into `windowBytes` (INV-19). */
    slots: 80,
    /** Windows of one agent: ten minutes before a rollout, and ten of it. */
    windows: 120,
    /** Memory of one agent's windows: with 13 numbers that change all of them fit, with 29 ten minutes (INV-19). */
    windowBytes: 8192,
    /** Silence after which nobody knows what happened, however slow the reader is. */
    gapMs: 300_000,
  },
  collectorErrors: {
    /** Longest text of an agent that is read; of a longer one the end counts, where the reason of a crash stands. */
    textCharacters: 262_144,
    /** Errors taken from one text: a config with more mistakes is mended from the first ones. */
    errors: 50,
    /** Characters kept of a text that nobody can read: its end, where the reason of a crash stands. */
    wordsCharacters: 2000,
    /** Other places named beside the best one. */
    places: 10,
  },
  trial: {
    /** Different configs that a collector is given in one run: five seconds each, four at a time, are about four minutes. */
    configs: 200,
  },
  sourceMap: {
    /** Key paths of one configuration's source map: the largest rendered configurations have about 3,000 keys. */
    paths: 5000,
  },
  risk: {
    /** Ways of data from a receiver to an exporter in one config that are followed: the largest real ones have some hundreds. */
    flows: 20_000,
  },
  catalogue: {
    /** Verdicts on components and keys that are kept: a fleet of one version asks some hundred different ones, each of some 200 bytes. */
    verdicts: 20_000,
  },
  lint: {
    /** Pipelines behind one, through `forward` connectors, whose processors are compared with its own: real ones have two or three. */
    pipelinesBehind: 50,
    /** Objects of one kind that select the same pods and are looked at for one workload: real pods have one to three Services. */
    selecting: 50,
  },
} as const;
