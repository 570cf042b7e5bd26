namespace Lepton.Orleans.Cli.Service;

/// <summary>A command cannot go on; the message says to a person why, and what they can do.</summary>
internal class CommandFailedException : Exception
{
    /// <summary>Makes the exception.</summary>
    public CommandFailedException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception with what led to it.</summary>
    public CommandFailedException(string message, Exception cause)
        : base(message, cause)
    {
    }

    /// <summary>Further lines, such as the fields at fault.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];
}
