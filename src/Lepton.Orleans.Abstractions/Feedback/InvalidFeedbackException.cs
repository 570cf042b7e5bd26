namespace Lepton.Orleans;

/// <summary>One row of a batch breaks a rule; no row of the batch was applied.</summary>
[GenerateSerializer, Alias("lepton.InvalidFeedbackException")]
public sealed class InvalidFeedbackException : Exception
{
    /// <summary>Makes the exception for one row.</summary>
    /// <param name="index">The row's index in the batch, from 0.</param>
    /// <param name="field">The field's name.</param>
    /// <param name="rule">The rule it breaks: "must …".</param>
    public InvalidFeedbackException(int index, string field, string rule)
        : base($"Row {index}: {field} {rule}. No row of the batch was applied.")
    {
        Index = index;
        Field = field;
        Rule = rule;
    }

    /// <summary>The row's index in the batch, from 0.</summary>
    [Id(0)] public int Index { get; }

    /// <summary>The field's name.</summary>
    [Id(1)] public string Field { get; }

    /// <summary>The rule it breaks.</summary>
    [Id(2)] public string Rule { get; }
}
