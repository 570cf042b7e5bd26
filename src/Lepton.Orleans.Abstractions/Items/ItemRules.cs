namespace Lepton.Orleans;

/// <summary>The rules that items obey wherever they enter: REST or an Orleans client.</summary>
public static class ItemRules
{
    /// <summary>The most categories of an item.</summary>
    public const int MaxCategories = 100;
}
