namespace Lepton.Orleans.Silo.Apis.Problems;

/// <summary>A request breaks a rule: names the field and the rule, so that the caller can mend it. Becomes a 400.</summary>
internal sealed class InvalidRequestException : Exception
{
    /// <summary>Makes the exception for one field.</summary>
    /// <param name="field">Where: <c>n</c>, <c>UserId</c>, <c>[3].UserId</c>, or <c>$</c> for the body as a whole.</param>
    /// <param name="rule">The rule it breaks: "must …".</param>
    public InvalidRequestException(string field, string rule)
        : base($"{field} {rule}.")
    {
        Field = field;
        Rule = rule;
    }

    /// <summary>Where the rule is broken.</summary>
    public string Field { get; }

    /// <summary>The rule.</summary>
    public string Rule { get; }

    /// <summary>The name of a row's field: <c>[3].UserId</c>, or <c>UserId</c> where the body is a single object.</summary>
    /// <param name="row">The row's index from 0, or -1 for a single object.</param>
    /// <param name="field">The field; empty for the row itself.</param>
    public static string Path(int row, string field) =>
        row < 0 ? (field.Length == 0 ? "$" : field) : field.Length == 0 ? $"[{row}]" : $"[{row}].{field}";
}
