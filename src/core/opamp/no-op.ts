/**
 * A config that does nothing and keeps the collector healthy: what a supervisor goes back to when it had no config of
 * ours before (an empty one would stop its collector, reference/rollouts.md §5.6). Every supervisor's collector has `nop`.
 */
export const NO_OP_CONFIG = `# Nothing is assigned to this collector yet.
receivers:
    nop: null
exporters:
    nop: null
service:
    pipelines:
        traces:
            receivers:
                - nop
            exporters:
                - nop
`;
