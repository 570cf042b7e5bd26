using System.Globalization;

namespace Lepton.Orleans.Grains.Storage;

/// <summary>One version of a blob, as manifests and intents name it: <c>version:chunks[:bytes]</c>.</summary>
/// <param name="Version">The version.</param>
/// <param name="Chunks">How many chunks it has; in an intent, how many it may have.</param>
/// <param name="Bytes">How long it is; negative where nobody has said.</param>
internal readonly record struct BlobVersion(long Version, int Chunks, long Bytes = -1)
{
    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static BlobVersion Parse(string text)
    {
        var parts = Array.ConvertAll(text.Split(':'), part => long.Parse(part, CultureInfo.InvariantCulture));
        return new BlobVersion(parts[0], (int)parts[1], parts.Length > 2 ? parts[2] : -1);
    }

    /// <inheritdoc />
    public override string ToString() => Bytes < 0
        ? string.Create(CultureInfo.InvariantCulture, $"{Version}:{Chunks}")
        : string.Create(CultureInfo.InvariantCulture, $"{Version}:{Chunks}:{Bytes}");
}
