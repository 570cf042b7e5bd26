namespace Lepton.Orleans.Engine.Training;

/// <summary>What a build is doing.</summary>
public enum BuildStage : byte
{
    /// <summary>Training without the end of some users' histories and learning the blend's weights on it.</summary>
    LearningWeights,

    /// <summary>Counting sequential rules and co-occurrence exactly.</summary>
    Counting,

    /// <summary>Solving the local ridge regressions.</summary>
    Neighbourhoods,

    /// <summary>Decomposing into item vectors.</summary>
    Factors,

    /// <summary>Training the recurrent model.</summary>
    Recurrence,

    /// <summary>Done.</summary>
    Finished,
}
