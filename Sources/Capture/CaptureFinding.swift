/// What is so about capture on this machine. `status`, `capture status` and `doctor` all say it from here.
package struct CaptureFinding: Sendable {
    /// Nil when the list is damaged.
    package let policy: CapturePolicy?
    package let presence: AgentControl.Presence
    /// How the latest agent fares; nil after one that ended as it was asked to.
    package let run: AgentRun?

    package init(policy: CapturePolicy?, presence: AgentControl.Presence, run: AgentRun?) {
        self.policy = policy
        self.presence = presence
        self.run = run
    }

    /// The answer of a running agent.
    package var status: AgentStatus? { if case .answering(let status) = presence { status } else { nil } }

    /// In one word: an agent's state, `unknown`, `silent`, or without an agent `off`, `stopped` or `damaged`.
    package var word: String {
        switch presence {
        case .answering(let status): status?.state.rawValue ?? "unknown"
        case .silent: "silent"
        case .none: policy.map { $0.isOn ? "stopped" : "off" } ?? "damaged"
        }
    }

    /// What is wrong, and what to do about it; nil when capture does what the list says.
    package var problem: (what: String, fix: String)? {
        switch word {
        case "silent": ("A capture agent runs but does not answer.", "coffer capture off")
        case "unknown": ("The capture agent is of another version.", "coffer capture off, then start it again")
        case "damaged":
            (
                "The list of what may be captured is damaged: nothing is captured.",
                "coffer capture on --apps … --kinds …"
            )
        case "stopped":
            (
                "Capture is on, but no agent runs." + (interruption.map { " " + $0 } ?? ""), "coffer capture run"
            )
        default: nil
        }
    }

    /// Why no agent runs, if the latest did not end as it was asked to.
    package var interruption: String? { presence == .none ? run?.interruption : nil }
}
