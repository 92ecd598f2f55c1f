package import Sealing

/// What is not recorded even if the list names it, and why: others' words, and secrets that are no part of any work.
///
/// An app here is recorded only while a purpose in force names it. A window whose title says that it is private is never
/// recorded: browsers end the titles of such windows with words of their own, which no page can take away.
package enum NeverCaptured {
    package enum Reason: String, CaseIterable, Sendable {
        case passwords = "it keeps passwords"
        case mail = "it shows other people's mail"
        case messages = "it shows other people's messages"
        case remote = "it shows another machine's screen"
        case privateWindow = "it is a private window"
        case managed = "your organisation excludes it"
    }

    /// The reason for an app; nil for all others.
    package static func reason(_ app: AppName) -> Reason? {
        apps.first { $0.names.contains(app) }?.reason
    }

    /// The reason for a title; nil for all others.
    package static func reason(title: String) -> Reason? {
        let title = title.lowercased()
        return privateEndings.contains { title.hasSuffix($0) } ? .privateWindow : nil
    }

    private static let apps = classes.map { reason, classes in
        (reason: reason, names: Set(classes.map { AppName(distinguishing: $0) }))
    }

    /// The classes as windows have them (`xprop WM_CLASS`); of those in ASCII letters the case does not matter.
    private static let classes: [(Reason, [String])] = [
        (
            .passwords,
            [
                "1password", "bitwarden", "buttercup", "dashlane", "enpass", "gcr-prompter", "gnome-keyring",
                "gnome-passwordsafe", "keepass2", "keepassx", "keepassxc", "keeperpasswordmanager",
                "kwalletmanager5", "kwalletmanager6", "lxqt-openssh-askpass", "nordpass", "org.gnome.seahorse",
                "org.gnome.world.secrets", "org.keepassxc.keepassxc", "org.kde.kwalletmanager5", "passwordsafe",
                "pinentry", "pinentry-gnome3", "pinentry-gtk-2", "pinentry-qt",
                "polkit-gnome-authentication-agent-1", "Proton Pass", "proton-pass", "pwsafe", "qtpass", "roboform",
                "seahorse", "secrets", "ssh-askpass", "sshaskpass", "ksshaskpass",
            ]
        ),
        (
            .mail,
            [
                "balsa", "betterbird", "claws-mail", "evolution", "geary", "icedove", "kmail", "kmail2", "kontact",
                "mailspring", "net.thunderbird.thunderbird", "org.gnome.evolution", "org.gnome.geary",
                "org.kde.kmail2", "Proton Mail", "proton-mail", "protonmail-bridge", "sylpheed", "thunderbird",
                "thunderbird-default", "trojita", "tutanota-desktop",
            ]
        ),
        (
            .messages,
            [
                "caprine", "cinny", "dino", "discord", "element", "fractal", "gajim", "hexchat", "konversation",
                "linphone", "mattermost", "Microsoft Teams - Preview", "nheko", "org.telegram.desktop", "pidgin",
                "polari", "quassel", "rocket.chat", "session", "signal", "signal-desktop", "skype", "slack", "teams",
                "teams-for-linux", "telegram-desktop", "telegramdesktop", "threema", "viber", "viberpc", "wechat",
                "weixin", "whatsapp", "whatsapp-for-linux", "wire", "zoom", "zulip",
            ]
        ),
        (
            .remote,
            [
                "anydesk", "freerdp", "gnome-connections", "krdc", "nxplayer.bin", "org.gnome.connections",
                "org.remmina.remmina", "parsecd", "rdesktop", "realvnc", "remmina", "remote-viewer", "rustdesk",
                "spicy", "teamviewer", "tigervnc", "virt-manager", "virt-viewer", "virtualbox", "vmplayer", "vmware",
                "vncviewer", "wfica", "wlfreerdp", "x2goclient", "xfreerdp",
            ]
        ),
    ]

    /// How browsers end the titles of private windows, in the languages of their most common builds.
    private static let privateEndings = [
        "(incognito)", "(inkognito)", "(navigation privée)", "(navegación privada)", "(incógnito)",
        "(navigazione in incognito)", "(anônima)", "(シークレット)", "(无痕模式)", "(無痕模式)",
        "[inprivate]", "- inprivate", "(private)", "(private window)", "(private window with tor)",
        "- private browsing",
        "(private browsing)", "firefox private browsing", "privater modus", "privates fenster", "navigation privée",
        "navegación privada", "navegação privada", "navigazione anonima", "private browsing", "tor browser",
    ]
}
