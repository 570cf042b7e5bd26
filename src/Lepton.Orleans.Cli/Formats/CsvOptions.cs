using Lepton.Orleans.Cli.Records;

namespace Lepton.Orleans.Cli.Formats;

/// <summary>How a delimited file is to be read.</summary>
internal sealed record CsvOptions
{
    /// <summary>What its rows are; <see langword="null"/> to tell from the columns.</summary>
    public RowKind? Kind { get; init; }

    /// <summary>Field to column.</summary>
    public IReadOnlyDictionary<string, string> Map { get; init; } = new Dictionary<string, string>();

    /// <summary>What separates fields, a single ASCII character.</summary>
    public char Separator { get; init; } = ',';

    /// <summary>What separates categories within their field.</summary>
    public string ListSeparator { get; init; } = "|";

    /// <summary>Whether the first record names the columns.</summary>
    public bool HasHeader { get; init; } = true;

    /// <summary>The type of feedback that has no column for it; <see langword="null"/> where there is one.</summary>
    public string? FeedbackType { get; init; }
}
