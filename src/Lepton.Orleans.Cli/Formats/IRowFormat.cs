using Lepton.Orleans.Cli.Records;

namespace Lepton.Orleans.Cli.Formats;

/// <summary>How the records of a file become rows.</summary>
internal interface IRowFormat
{
    /// <summary>The separator of fields where these may be quoted; <see langword="null"/> where quotes mean nothing.</summary>
    byte? QuotedSeparator { get; }

    /// <summary>Whether the first record names the columns.</summary>
    bool HasHeader { get; }

    /// <summary>What about the format changes the rows it makes: an interrupted import goes on only where this is the same.</summary>
    string Signature { get; }

    /// <summary>Learns the columns.</summary>
    /// <exception cref="BadFieldException">A column that is needed is missing.</exception>
    void ReadHeader(ReadOnlySpan<byte> record);

    /// <summary>Makes a row.</summary>
    /// <exception cref="BadFieldException">Names field and rule.</exception>
    Row Read(ReadOnlySpan<byte> record);
}
