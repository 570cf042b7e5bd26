using Lepton.Orleans.Cli.Formats;

namespace Lepton.Orleans.Cli.Importing;

/// <summary>One file of an import.</summary>
/// <param name="Path">Where it is; <see langword="null"/> for standard input.</param>
/// <param name="Format">How its records become rows.</param>
internal sealed record ImportFile(string? Path, IRowFormat Format)
{
    /// <summary>What messages call it.</summary>
    public string Name => Path is null ? "standard input" : System.IO.Path.GetFileName(Path);
}
