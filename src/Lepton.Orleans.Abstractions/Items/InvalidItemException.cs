namespace Lepton.Orleans;

/// <summary>An item, or a change of one, breaks a rule; nothing was applied.</summary>
[GenerateSerializer, Alias("lepton.InvalidItemException")]
public sealed class InvalidItemException : Exception
{
    /// <summary>Makes the exception for one field.</summary>
    /// <param name="field">The field's name.</param>
    /// <param name="rule">The rule it breaks: "must …".</param>
    public InvalidItemException(string field, string rule)
        : base($"{field} {rule}.")
    {
        Field = field;
        Rule = rule;
    }

    /// <summary>The field's name.</summary>
    [Id(0)] public string Field { get; }

    /// <summary>The rule it breaks.</summary>
    [Id(1)] public string Rule { get; }
}
