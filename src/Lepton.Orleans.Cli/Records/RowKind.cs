namespace Lepton.Orleans.Cli.Records;

/// <summary>What a row is.</summary>
internal enum RowKind
{
    /// <summary>An item.</summary>
    Item,

    /// <summary>A user.</summary>
    User,

    /// <summary>A feedback.</summary>
    Feedback,
}
