namespace Lepton.Orleans;

/// <summary>An id, a tenant or a feedback type breaks the rule that <see cref="LeptonKey.Violation"/> states.</summary>
[GenerateSerializer, Alias("lepton.InvalidIdException")]
public sealed class InvalidIdException : Exception
{
    /// <summary>Makes the exception for one value.</summary>
    /// <param name="field">The field's name, such as <c>UserId</c>.</param>
    /// <param name="value">What was given.</param>
    /// <param name="rule">The rule it breaks, as <see cref="LeptonKey.Violation"/> words it.</param>
    public InvalidIdException(string field, string? value, string rule)
        : base($"{field} {rule}.")
    {
        Field = field;
        Value = value;
        Rule = rule;
    }

    /// <summary>The field's name.</summary>
    [Id(0)] public string Field { get; }

    /// <summary>What was given.</summary>
    [Id(1)] public string? Value { get; }

    /// <summary>The rule the value breaks.</summary>
    [Id(2)] public string Rule { get; }

    /// <summary>Throws when <paramref name="value"/> is not a valid id.</summary>
    /// <exception cref="InvalidIdException">It is not.</exception>
    public static void ThrowIfInvalid(string? value, string field)
    {
        if (LeptonKey.Violation(value) is { } rule)
        {
            throw new InvalidIdException(field, value, rule);
        }
    }
}
