namespace Lepton.Orleans.Engine.Tuning;

/// <summary>A setting of a build whose best value depends on the data. Numbers are written to stores and never change.</summary>
public enum Knob : byte
{
    /// <summary>1: an item has one vector of unit length in the recurrent model; 0: two vectors and a bias.</summary>
    RecurrenceTied = 0,

    /// <summary>How many times as fast the recurrent model's vectors learn.</summary>
    RecurrenceVectorRate = 1,

    /// <summary>After how many events the slowest running state has faded to 1/e; the others keep their share of it.</summary>
    RecurrenceMemory = 2,

    /// <summary>λ of the local ridge regressions, as a multiple of the mean diagonal.</summary>
    RidgeRegularisation = 3,

    /// <summary>α of the local ridge regressions.</summary>
    RidgeExponent = 4,

    /// <summary>How many neighbours a local ridge regression has.</summary>
    RidgeNeighbours = 5,

    /// <summary>The length of the item vectors.</summary>
    Rank = 6,

    /// <summary>λ of the vectors of implicit feedback.</summary>
    ImplicitRegularisation = 7,

    /// <summary>w0 of the vectors of implicit feedback.</summary>
    ImplicitUnobservedWeight = 8,

    /// <summary>How many steps a sequential rule reaches.</summary>
    RuleWindow = 9,

    /// <summary>γ in s^−γ of the sequential rules.</summary>
    RuleDecay = 10,

    /// <summary>r in rowsum^−r of the sequential rules.</summary>
    TransitionRowExponent = 11,

    /// <summary>β in p^−β of the sequential rules.</summary>
    TransitionPopularityExponent = 12,

    /// <summary>q in (1+age)^−q of the sequential rules.</summary>
    TransitionRecency = 13,

    /// <summary>How far co-occurrences discount the popularity of the item in the history.</summary>
    CoOccurrenceRowExponent = 14,

    /// <summary>How far co-occurrences discount the popularity of the item that is listed.</summary>
    CoOccurrencePopularityExponent = 15,

    /// <summary>q in (1+age)^−q of the co-occurrences.</summary>
    CoOccurrenceRecency = 16,

    /// <summary>After how many hours popularity counts half.</summary>
    TrendingHalfLife = 17,
}
