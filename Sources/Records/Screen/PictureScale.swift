import CWebP

/// How much smaller than the screen its pictures are, in thousandths of its sides.
package struct PictureScale: Hashable, Sendable {
    package static let whole = PictureScale(thousandths: 1000)

    private let thousandths: Int

    private init(thousandths: Int) { self.thousandths = thousandths }

    /// A number above 0 and at most 1, to three decimals: `0.5`.
    package init?(_ text: String) {
        guard text.wholeMatch(of: /(0|0?\.[0-9]{1,3}|1(\.0{1,3})?)/) != nil, let share = Double("0" + text) else {
            return nil
        }
        let thousandths = Int((share * 1000).rounded())
        guard thousandths > 0 else { return nil }
        self.init(thousandths: thousandths)
    }

    private func scaled(_ side: Int) -> Int { max(1, (side * thousandths + 500) / 1000) }

    /// The screen in this size: each pixel is the mean of those that it stands for.
    package func apply(to frame: ScreenFrame) throws(PictureForm.Failure) -> ScreenFrame {
        let (width, height) = (scaled(frame.width), scaled(frame.height))
        guard (width, height) != (frame.width, frame.height) else { return frame }
        var done = false
        let small = try? ScreenFrame(width: width, height: height) { out in
            done =
                frame.withPixels { pixels in
                    coffer_webp_scale(
                        pixels.bindMemory(to: UInt8.self).baseAddress, Int32(frame.width), Int32(frame.height),
                        out.bindMemory(to: UInt8.self).baseAddress, Int32(width), Int32(height))
                } != 0
        }
        guard done, let small else { throw .cannotEncode }
        return small
    }
}
