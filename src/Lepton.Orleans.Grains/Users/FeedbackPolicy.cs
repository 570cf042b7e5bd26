using System.Globalization;

namespace Lepton.Orleans.Grains.Users;

/// <summary>
/// Which feedback is positive, which negative, which only marks an item as read: expressions such as <c>like</c> or
/// <c>rating&gt;=4</c>. By default every type that is neither negative nor read is positive. All of them mark as read.
/// </summary>
public sealed class FeedbackPolicy
{
    private readonly Rule[] _positive;
    private readonly Rule[] _negative;
    private readonly Rule[] _read;

    // By type number: the kind where it does not depend on the value, else Unknown. Filled as types appear.
    private readonly byte[] _fixedKinds = new byte[FeedbackTypes.Capacity];

    /// <summary>Compiles the expressions.</summary>
    /// <exception cref="FormatException">An expression is neither a type nor <c>type</c>, operator and number.</exception>
    public FeedbackPolicy(IReadOnlyList<string> positive, IReadOnlyList<string> negative, IReadOnlyList<string> read)
    {
        ArgumentNullException.ThrowIfNull(positive);
        ArgumentNullException.ThrowIfNull(negative);
        ArgumentNullException.ThrowIfNull(read);
        _positive = [.. positive.Select(Rule.Parse)];
        _negative = [.. negative.Select(Rule.Parse)];
        _read = [.. read.Select(Rule.Parse)];
    }

    /// <summary>What a feedback says.</summary>
    internal enum Kind : byte
    {
        Unknown,
        Positive,
        Negative,
        Read,
    }

    /// <summary>Whether any kind depends on a feedback's value.</summary>
    internal bool DependsOnValue =>
        Array.Exists(_positive, r => r.HasBound) || Array.Exists(_negative, r => r.HasBound) || Array.Exists(_read, r => r.HasBound);

    /// <summary>What a feedback of a type (its number) and a value (summed over its events) says.</summary>
    internal Kind KindOf(int type, double value)
    {
        var kind = (Kind)_fixedKinds[type];
        return kind != Kind.Unknown ? kind : Evaluate(type, value);
    }

    /// <summary>What a feedback of a type and a value says; the type need not be known.</summary>
    internal Kind KindOf(string name, double value) =>
        Array.Exists(_negative, r => r.Matches(name, value)) ? Kind.Negative
            : Array.Exists(_positive, r => r.Matches(name, value)) ? Kind.Positive
            : _positive.Length > 0 || Array.Exists(_read, r => r.Matches(name, value)) || Array.Exists(_negative, r => r.Type == name) ? Kind.Read
            : Kind.Positive;

    private Kind Evaluate(int type, double value)
    {
        var name = FeedbackTypes.NameOf(type);
        var kind = KindOf(name, value);
        if (!Array.Exists([.. _positive, .. _negative, .. _read], r => r.Type == name && r.HasBound))
        {
            _fixedKinds[type] = (byte)kind;
        }

        return kind;
    }

    // Values are kept in single precision, in which .7 is less than it is in double: the bound is rounded as they are.
    private sealed record Rule(string Type, string Operator, float Bound)
    {
        public bool HasBound => Operator.Length > 0;

        public static Rule Parse(string expression)
        {
            var at = expression.AsSpan().IndexOfAny("<>=");
            if (at < 0)
            {
                return new Rule(Named(expression, expression), "", 0);
            }

            var length = at + 1 < expression.Length && expression[at + 1] == '=' ? 2 : 1;
            var (type, op, bound) = (expression[..at], expression.Substring(at, length), expression[(at + length)..]);
            return double.TryParse(bound, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && float.IsFinite((float)number)
                ? new Rule(Named(type, expression), op, (float)number)
                : throw Malformed(expression);
        }

        public bool Matches(string type, double value) => type == Type && Operator switch
        {
            "" => true,
            ">" => (float)value > Bound,
            ">=" => (float)value >= Bound,
            "<" => (float)value < Bound,
            "<=" => (float)value <= Bound,
            _ => (float)value == Bound,
        };

        private static string Named(string type, string expression) =>
            LeptonKey.Violation(type.Trim()) is null ? type.Trim() : throw Malformed(expression);

        private static FormatException Malformed(string expression) =>
            new($"'{expression}' is not a feedback expression: write a type, such as 'like', or a type, an operator (>, >=, <, <=, =) and a number, such as 'rating>=4'.");
    }
}
