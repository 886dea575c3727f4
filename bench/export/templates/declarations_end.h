
#ifdef __cplusplus
}
#endif

#endif // PREFIX_DECLARATIONS

#if !defined(PREFIX_DECLARED) && !defined(PREFIX_DEFINITIONS)
#define PREFIX_DEFINITIONS

