namespace Lepton.Orleans;

/// <summary>A line of a backup cannot be used; the lines before it were restored.</summary>
[GenerateSerializer, Alias("lepton.InvalidBackupException")]
public sealed class InvalidBackupException : Exception
{
    /// <summary>Makes the exception for one line.</summary>
    /// <param name="index">The line's index in the request, from 0.</param>
    /// <param name="rule">The rule it breaks: "must …".</param>
    public InvalidBackupException(int index, string rule)
        : base($"Line {index} of the request {rule}.")
    {
        Index = index;
        Rule = rule;
    }

    /// <summary>The line's index in the request, from 0.</summary>
    [Id(0)] public int Index { get; }

    /// <summary>The rule it breaks.</summary>
    [Id(1)] public string Rule { get; }
}
