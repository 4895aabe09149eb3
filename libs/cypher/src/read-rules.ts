const words = (text: string): string[] => text.trim().split(/\s+/);

/**
 * The rules of the grammar that a reading query is made of, by their names there. Whatever else a later grammar brings
 * is refused until it stands here.
 */
export const READ_RULES: ReadonlySet<string> = new Set([
  ...words(`
    statementsOrCommands statementOrCommand preparsedStatement preparserOption preparserKeyword statement
    queryWithLocalDefinitions nextStatement regularQuery union when whenBranch elseBranch singleQuery clause`),
  ...words(`
    matchClause returnClause withClause unwindClause forListClause filterClause letClause orderBySkipLimitClause
    finishClause callClause subqueryClause`),
  // Parts of these clauses.
  ...words(`
    matchMode hint expandHintStep labelOrRelType nonEmptyNameList searchClause indexSpecificationClause forClause
    analyzerClause scoreClause commandNameExpression
    returnBody returnItems returnItem groupBy orderBy orderItem ascToken descToken skip limit whereClause letItem
    procedureName procedureArgument procedureResultItem subqueryScope`),
  // Patterns.
  ...words(`
    patternList pattern anonymousPattern patternElement pathPatternPrefix nonNegativeIntegerSpecification pathMode
    pathToken groupToken pathPatternNonEmpty shortestPathPattern parenthesizedPath quantifier nodePattern
    relationshipPattern leftArrow arrowLine rightArrow pathLength properties
    labelExpression labelExpression4 labelExpression3 labelExpression2 labelExpression1 dynamicAnyAllExpression`),
  // Expressions.
  ...words(`
    expression expression11 expression10 expression9 expression8 expression7 comparisonExpression6 normalForm
    expression6 expression5 expression4 expression3 expression2 expression1 postFix property
    literal numberLiteral signedIntegerLiteral stringLiteral listLiteral map parameter parameterName variable
    interpolatedStringLiteral interpolatedStringLiteralSingle interpolatedStringLiteralDouble
    interpolatedElementSingle interpolatedElementDouble
    caseExpression caseAlternative extendedCaseExpression extendedCaseAlternative extendedWhen
    listComprehension patternComprehension patternExpression shortestPathExpression parenthesizedExpression
    mapProjection mapProjectionElement
    reduceExpression allReduceExpression allReduceExpressionValidArguments allReduceExpressionInvalidArguments
    listItemsPredicate countStar existsExpression countExpression collectExpression propertyExistsPredicate
    normalizeFunction trimFunction vectorFunction vectorDistanceFunction vectorNormFunction vectorDistanceMetric
    vectorNormDistanceMetric functionInvocation functionArgument functionName`),
  // Names and types.
  ...words(`
    namespace propertyKeyName symbolicVariableNameString escapedSymbolicVariableNameString
    unescapedSymbolicVariableNameString symbolicNameString escapedSymbolicNameString unescapedSymbolicNameString
    unescapedSymbolicNameString_ type typePart typeName typeNullability typeListSuffix vectorCoordinateType`),
]);

/** What is refused by a rule whose first word does not say it. */
export const NAMED_RULES: Readonly<Record<string, string>> = {
  subqueryInTransactionsParameters: 'CALL … IN TRANSACTIONS',
  localDefinition: 'DEFINE',
  consoleCommand: 'A console command',
};
