namespace Lepton.Orleans.Cli.Importing;

/// <summary>A place in an import: everything before it is acknowledged.</summary>
/// <param name="File">The file, from 0.</param>
/// <param name="Offset">The byte of the file that the next record starts at.</param>
/// <param name="Line">The line of that record, from 1.</param>
/// <param name="Rows">Rows before it, over all files.</param>
/// <param name="Bad">Rows before it that were passed over.</param>
internal readonly record struct ImportPosition(int File, long Offset, long Line, long Rows, long Bad)
{
    /// <summary>The very beginning.</summary>
    public static ImportPosition Start { get; } = new(0, 0, 1, 0, 0);

    /// <summary>Whether this comes before another.</summary>
    public bool IsBefore(ImportPosition other) => File != other.File ? File < other.File : Offset < other.Offset;
}
