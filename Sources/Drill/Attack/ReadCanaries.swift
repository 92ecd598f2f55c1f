import Foundation
import Records
import Sealing

/// Makes canaries from what a job read: typed text, titles, prompts, terminal text, and pixels.
enum ReadCanaries {
    /// The shortest text in characters. A shorter one may occur by chance, or as an app's name, which may be in clear.
    static let minimumCount = 12
    static let maximumCount = 64

    private struct Sample: Decodable {
        struct Action: Decodable { let code: String? }

        struct Event: Decodable {
            let type: String?
            let key: String?
        }

        let window: String?
        let action: Action?
        let text: String?
        let events: [Event]?
        let image: Data?
    }

    static func all(in lines: Bytes) -> [Canary] {
        var texts: Set<String> = []
        var pixels: [Bytes] = []
        var typed = ""
        for line in lines.split(separator: 10) {
            guard let sample = try? JSONDecoder().decode(Sample.self, from: Data(line)) else { continue }
            for text in [sample.window, sample.text] { if let text { texts.insert(text) } }
            typed += (sample.events ?? []).filter { $0.type == "press" }.compactMap(\.key).map(character).joined()
            if let image = sample.image, pixels.count < 8, let row = row(in: Array(image)) { pixels.append(row) }
        }
        for part in stride(from: 0, to: typed.count, by: maximumCount) {
            texts.insert(String(typed.dropFirst(part).prefix(maximumCount)))
        }
        let chosen = texts.map { String($0.prefix(maximumCount)) }.filter { $0.utf8.count >= minimumCount }.sorted()
        return chosen.enumerated().map { Canary("text \($0 + 1) that the job read", text: $1) }
            + pixels.enumerated().map { Canary("pixels \($0 + 1) that the job read", $1) }
    }

    private static func character(_ key: String) -> String { key == "space" ? " " : key.count == 1 ? key : "\n" }

    /// Among runs of 48 bytes at every 192nd place, the one with the most different values; nil if all have under
    /// eight.
    private static func row(in png: Bytes) -> Bytes? {
        guard let frame = try? PNGImage.decode(png) else { return nil }
        return frame.withPixels { pixels in
            var best: (variety: Int, at: Int)?
            for at in stride(from: 0, to: max(0, pixels.count - 48), by: 192) {
                let variety = Set(pixels[at..<at + 48]).count
                if variety > best?.variety ?? 7 { best = (variety, at) }
            }
            return best.map { Bytes(pixels[$0.at..<$0.at + 48]) }
        }
    }
}
